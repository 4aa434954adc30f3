"""Any JSON system as ERP, WMS, POS or supplier, by configuration alone."""
