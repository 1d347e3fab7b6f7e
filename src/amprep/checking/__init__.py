"""What `amprep check` says about a part: findings with code, place, layers and fix; nothing is changed."""
