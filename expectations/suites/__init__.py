"""One module for each stage: what is measured, what blocks, what is advice."""
