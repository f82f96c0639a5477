"""Each operation as a function of scikit-image, of OpenCV and of PyTorch: what is printed is what is tested here."""
