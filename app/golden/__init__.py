"""Golden samples: judged again to prove the machine."""
