"""What people would write or take instead of emitted code: each trains the same network on the same minibatches."""
