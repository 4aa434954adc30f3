"""What a source really does, asked of it through its ports: the kit that an adapter's author runs against a live system."""
