"""What each laser does when in a layer, where it stands in smoke, and an order with less of that."""
