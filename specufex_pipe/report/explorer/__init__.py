"""The explorer: a page to look at events one by one, to select and to label them."""
