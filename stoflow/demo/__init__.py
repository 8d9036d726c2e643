"""StoFlow doing its main job before one's eyes: `make demo`."""
