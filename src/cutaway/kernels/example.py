"""What `cutaway kernels init` writes: a commented setup that works as it is."""

from __future__ import annotations

EXAMPLE = """\
# Every table [kernels.NAME] is one environment and one kernel of its own. Then:
#   cutaway kernels lock     resolves all of them; writes kernels.lock, with hashes
#   cutaway kernels up       JupyterLab on this machine, every environment a kernel
#   cutaway kernels check    runs cells in every kernel, and explains what fails
#   cutaway kernels docker   Dockerfile, compose.yaml and .dockerignore

[server]
port = 8888              # on this machine only; 0 is any free port
notebooks = "."          # the folder that JupyterLab shows
# pip = ["jupyterlab>=4.2,<5", "jupyterlab-git"]   # the server's own environment, which no kernel sees
# base = "debian:bookworm-slim"                    # below the layers of the container
# memory = "8GB"                                   # of the container; cpus likewise
# cpus = 4
# with_studies = true    # a kernel for each framework besides, in which cutaway's studies run: cutaway.show("counts")

[kernels.tensorflow]
display = "TensorFlow 2"
pip = ["tensorflow-cpu==2.*", "pandas"]
# python = "3.11"
env = { TF_CPP_MIN_LOG_LEVEL = "2" }
# memory = "6GB"         # that one process may write to
# threads = 2            # of OpenMP and BLAS

[kernels.pytorch]
display = "PyTorch"
pip = ["torch", "pandas"]

# R, as Debian packages it; on this machine they must be installed already.
[kernels.r]
display = "R"
apt = ["r-base-core", "r-cran-irkernel"]

# Conda packages, without conda: resolved and linked by py-rattler.
# [kernels.geo]
# conda = ["gdal", "rasterio"]
# channels = ["conda-forge"]

# [kernels.js]
# npm = ["tslab"]

# Behind a corporate network. None of it enters kernels.lock or an image.
# [network]
# ca = "company.pem"
# proxy = "http://proxy.example:3128"
# pip = "https://packages.example/simple"
"""
