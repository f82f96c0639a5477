"""What turns rows into states: readers that yield batches, and engines that fold them."""
