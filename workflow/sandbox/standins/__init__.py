"""Small real programs that stand in for Titan's services: they speak HTTP and NATS, and log in its words."""
