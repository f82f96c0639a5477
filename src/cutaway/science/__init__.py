"""The mathematics, one folder a topic: no input or output, no framework, no printing."""
