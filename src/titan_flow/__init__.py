"""titan-flow: deployments that you can prove before you run them, kill while they run, and audit after."""

__version__ = "0.1.0"
