"""The guard on the host: lock, epoch, jobs, mirrored records."""
