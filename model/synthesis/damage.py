"""Defects of shape: holes, dents, chips, frays, bent places."""

from __future__ import annotations

import numpy as np

from model.opencv import cv2
from model.synthesis import noise
from model.synthesis.marks import area
from model.synthesis.materials import Picture
from model.synthesis.noise import Field
from model.synthesis.scene import Scene
from model.synthesis.strokes import depth


def hole(rng: np.random.Generator, scene: Scene) -> tuple[Picture, Field]:
    """A pit, pore or blowhole: dark inside, often with a lit rim; or a cluster of them."""
    size = scene.size
    x, y = map(float, scene.spot(rng))
    cover = np.zeros((size, size), np.float32)
    for _ in range(int(rng.choice([1, 1, 1, 2, 5]))):
        radius = float(np.exp(rng.uniform(np.log(1.5), np.log(14))))
        cover = np.maximum(cover, noise.blob(rng, size, (x, y), radius))
        x, y = x + rng.normal(0, 14), y + rng.normal(0, 14)
    weight = cover * scene.alpha
    inside = rng.uniform(0.0, 0.15)
    amount = min(1.0, 2.5 * depth(rng, scene, 2.0, 8.0))
    weighted = amount * weight[:, :, None]
    picture = scene.picture * (1 - weighted) + inside * weighted
    if rng.random() < 0.5:
        shifted = np.roll(weight, (1 if rng.random() < 0.5 else -1, 1), axis=(0, 1))
        rim = np.clip(shifted - weight, 0, 1)
        picture = picture + rng.uniform(0.05, 0.35) * rim[:, :, None]
    return picture, cover


def dent(rng: np.random.Generator, scene: Scene) -> tuple[Picture, Field]:
    """A dip: one flank darker, the other lighter, the texture bent a little."""
    size = scene.size
    radius = float(np.exp(rng.uniform(np.log(5), np.log(40))))
    cover = noise.blob(rng, size, scene.spot(rng), radius)
    dip = np.asarray(cv2.GaussianBlur(cover, (0, 0), max(1.5, 0.35 * radius)), np.float32)
    angle = rng.uniform(0, 2 * np.pi)
    slope_x = np.asarray(cv2.Sobel(dip, cv2.CV_32F, 1, 0), np.float32)
    slope_y = np.asarray(cv2.Sobel(dip, cv2.CV_32F, 0, 1), np.float32)
    light = np.cos(angle) * slope_x + np.sin(angle) * slope_y
    light /= max(float(np.abs(light).max()), 1e-6)
    picture = noise.warped(scene.picture, 12 * slope_x, 12 * slope_y)
    change = (light * scene.alpha)[:, :, None] * depth(rng, scene, 2.0, 8.0)
    return picture + change, np.asarray(dip > 0.25, np.float32)


def chip(rng: np.random.Generator, scene: Scene) -> tuple[Picture, Field]:
    """A piece broken out of the edge: background or the broken face is seen there."""
    size = scene.size
    radius = float(np.exp(rng.uniform(np.log(5), np.log(45))))
    cover = noise.blob(rng, size, scene.edge_spot(rng), radius)
    weight = (cover * scene.alpha)[:, :, None]
    if rng.random() < 0.5 and float(scene.alpha.min()) < 0.1:
        return scene.picture + weight * (scene.background - scene.picture), cover
    level = float(scene.picture.mean()) * rng.uniform(0.3, 1.5)
    face = level * (1 + rng.uniform(0.1, 0.4) * noise.fractal(rng, size, 25, 4, 0.9))
    return scene.picture + weight * (face[:, :, None] - scene.picture), cover


def fray(rng: np.random.Generator, scene: Scene) -> tuple[Picture, Field]:
    """A worn or melted region: texture gone or coarse, with a ragged outline and a rim."""
    size = scene.size
    where = area(rng, scene, 10.0, 55.0)
    ragged = np.clip(where * 2 + 0.35 * noise.fractal(rng, size, 24, 3, 0.8) - 0.5, 0, 1)
    cover = np.asarray(ragged * (where > 0.05), np.float32)
    smooth = np.asarray(cv2.GaussianBlur(scene.picture, (0, 0), 9.0), np.float32)
    coarse = noise.fractal(rng, size, rng.uniform(4, 40), 3, 0.8)[:, :, None]
    shift = rng.choice([-1, 1]) * rng.uniform(0.02, 0.2)
    worn = smooth + shift + rng.uniform(0.3, 1.2) * max(scene.contrast, 0.02) * coarse
    weight = (cover * scene.alpha)[:, :, None]
    picture = scene.picture + weight * (worn - scene.picture)
    if rng.random() < 0.6:
        rim = (cover * (1 - cover) * 4 * scene.alpha)[:, :, None]
        picture = picture + rng.choice([-1, 1]) * rng.uniform(0.05, 0.25) * rim
    return picture, cover


def bent(rng: np.random.Generator, scene: Scene) -> tuple[Picture, Field]:
    """A place where the product is pushed aside; seen at outlines and in patterns."""
    size = scene.size
    radius = float(rng.uniform(14, 50))
    spot = scene.edge_spot(rng) if rng.random() < 0.8 else scene.spot(rng)
    near = noise.blob(rng, size, spot, radius)
    push = np.asarray(cv2.GaussianBlur(near, (0, 0), 0.3 * radius), np.float32)
    angle, reach = rng.uniform(0, 2 * np.pi), rng.uniform(0.25, 0.7) * radius
    shift_x = (reach * np.cos(angle) * push).astype(np.float32)
    shift_y = (reach * np.sin(angle) * push).astype(np.float32)
    return noise.warped(scene.picture, shift_x, shift_y), np.asarray(push > 0.15, np.float32)
