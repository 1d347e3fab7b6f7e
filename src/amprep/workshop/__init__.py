"""What a workshop takes along: job files of the demonstrators, handouts, the page that leads to them."""
