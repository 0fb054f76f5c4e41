"""Other formats: projections and history out, a user's own figures in.

Every writer takes the Dataset of :func:`vnjp_sim.run` (or folders of stored runs) and the model,
writes beside the target and renames, and never replaces a file unless it is asked to.
"""

from vnjp_sim.exchange.datapackage import write_datapackage
from vnjp_sim.exchange.documents import NewDocument
from vnjp_sim.exchange.excel import write_excel
from vnjp_sim.exchange.iamc import write_iamc
from vnjp_sim.exchange.netcdf import write_netcdf
from vnjp_sim.exchange.own_figures import Imported, import_figures
from vnjp_sim.exchange.own_template import write_template
from vnjp_sim.exchange.projections import read_runs
from vnjp_sim.exchange.rocrate import write_rocrate
from vnjp_sim.exchange.series_map import Series, SeriesMap, read_series_map
from vnjp_sim.exchange.tidy import write_tidy

__all__ = [
    "Imported",
    "NewDocument",
    "Series",
    "SeriesMap",
    "import_figures",
    "read_runs",
    "read_series_map",
    "write_datapackage",
    "write_excel",
    "write_iamc",
    "write_netcdf",
    "write_rocrate",
    "write_template",
    "write_tidy",
]
