"""Whether configuration advice pays: workloads as Spark configures them and as their own runs advise, in turn."""
