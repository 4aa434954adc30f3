"""Whole messages of our own making, and the folder of real ones beside the project."""

import os
from pathlib import Path

import pytest

FOLDER = Path(os.environ.get("COMMERCE_DATA", Path(__file__).resolve().parents[4] / "shared" / "data")) / "edi"
ABSENT = f"the real EDI files do not lie at {FOLDER}; name the folder above by COMMERCE_DATA"
needs_samples = pytest.mark.skipif(not FOLDER.is_dir(), reason=ABSENT)

X12_846 = (
    "ISA*00*          *00*          *ZZ*ATLAS          *ZZ*BRUME          *261128*0800*U*00401*000000042*0*P*>~"
    "GS*IB*ATLAS*BRUME*20261128*0800*42*X*004010~ST*846*0001~BIA*00*SI*R-1*20261128~"
    "LIN*1*EN*4006381333931~QTY*33*12~LIN*2*EN*4006381333948~QTY*33*0~SE*7*0001~GE*1*42~IEA*1*000000042~"
)
INVRPT = (
    "UNA:+.? 'UNB+UNOC:3+ATLAS:14+BRUME:14+261128:0800+42'UNH+1+INVRPT:D:96A:UN'BGM+35+R-1+9'DTM+137:20261128:102'"
    "NAD+WH+DEPOT::92'LIN+1++4006381333931:EN'QTY+145:12:PCE'LIN+2++4006381333948:EN'QTY+145:0:PCE'UNT+9+1'UNZ+1+42'"
)
ORDRSP = (
    "UNB+UNOC:3+ATLAS:14+BRUME:14+261128:0800+43'UNH+1+ORDRSP:D:96A:UN:EAN005'BGM+231+A-1+29'DTM+137:202611280800:203'"
    "RFF+ON:AAAA-BBBB-CCCC-1'FTX+AAI+++it?'s fine ?+ good'LIN+1+5+4006381333931:EN'QTY+21:2'UNS+S'UNT+9+1'UNZ+1+43'"
)
