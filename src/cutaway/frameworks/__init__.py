"""What differs from one framework to the next, one small file each: scikit-learn, PyTorch, Keras, JAX."""
