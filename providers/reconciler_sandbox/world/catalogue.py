"""The regions that the platform knows unless a world file says otherwise.

Source: the platform's documentation page on regions, and the official client, whose built-in assets
name the same ones; aws:me-south-1 is there too, and is reported retired.
"""

from __future__ import annotations

from reconciler_sandbox.laws.records import Region

REGIONS: dict[str, Region] = {
    "aws:us-east-1": Region("AWS US (East)"),
    "aws:eu-central-1": Region("AWS Europe (Frankfurt)"),
    "aws:ap-southeast-2": Region("AWS Asia Pacific (Sydney)"),
    "aws:eu-west-2": Region("AWS UKB-RAP (London)"),
    "aws:eu-west-2-g": Region("AWS Europe (London)"),
    "azure:westus": Region("Azure West US"),
    "azure:westeurope": Region("Azure West Europe"),
    "azure:uksouth-ofh": Region("Azure OFH-TRE (London)"),
    "oci:us-ashburn-1": Region("Oracle US East (Ashburn)"),
    "aws:me-south-1": Region("AWS Middle East (Bahrain)", retired=True),
}
