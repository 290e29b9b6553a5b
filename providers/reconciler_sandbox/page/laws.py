"""The region laws in one sentence each, for who reads a refusal and has never seen the code."""

from __future__ import annotations

from collections.abc import Mapping

LAWS: Mapping[str, str] = {
    "L1": "A region is written cloud:geo, such as aws:eu-central-1; the cloud is aws, azure or oci.",
    "L2": "A region must be one that the platform knows.",
    "L3": "The region of a project is chosen when it is created and never changes.",
    "L4": "A project created without a region gets the default region of its payer.",
    "L5": "A project can only be created in a region that is permitted for its payer.",
    "L6": "A project can only be billed to another payer if its region is permitted for that payer.",
    "L7": "An offered project can only be accepted with a payer for whom its region is permitted.",
    "L8": "Offering a project to somebody looks at no region; that waits until the offer is accepted.",
    "L9": "A default region must be one of the permitted regions of the same profile.",
    "L10": "Permitted regions are granted by the platform's sales only; no call changes them.",
    "L11": "A user's default region is set by that user only, an organisation's by its ADMINs only.",
    "L12": "A user's region settings are shown to that user only, with an unrestricted token.",
    "L13": "Data is cloned only between projects and containers of one region.",
    "L14": "A run needs the executable, what it bundles, its inputs and the project in one region.",
    "L15": "Data is stored, and jobs run, in the region of their project.",
    "L16": "A container has the region of what it belongs to.",
    "L17": "An app is enabled only in known regions that are permitted for its payer.",
    "L18": "The applet or workflow behind an app's region must lie in that region.",
    "L19": "What an applet bundles must lie in the region of the applet.",
    "L20": "An instance type belongs to one cloud: azure: and oci: are written before it, aws is not.",
    "L21": "Losing a permitted region moves, stops and destroys nothing; it only bars what is new.",
    "L22": "The permitted regions of the payer count, not those of who makes the call.",
    "L23": "Price lists are kept by region and show only the regions that are permitted.",
    "L24": "No call lists all regions, nor the permitted regions of a profile that is not one's own.",
}
"""By the numbers that refusals carry."""
