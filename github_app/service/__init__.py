"""Where a running Harvest is put together, once: the web application, its parts and backends, its schedule, its log.

No decision about a job or a delivery is made here.
"""
