"""Fine-tuning of the CLIP family: views, losses, the one loop, its files."""
