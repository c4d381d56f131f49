"""The composition root: builds the parts of a coordinator and joins them."""
