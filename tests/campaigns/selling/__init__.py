"""What a flash sale needs: a shop with one article, and its buyers."""
