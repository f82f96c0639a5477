"""Searches over hyperparameters: protocol, storage and workers."""
