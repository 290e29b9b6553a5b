"""The platform's laws: pure functions from a read-only view of the world, a caller, a route, an input,
a clock and a source of ids to an answer or a refusal, and the effects.

Must not know where the world is kept, how calls travel, or anything of the tool that is tested
against it: no input or output, no clock, no randomness but what is handed in.

Which file is about what, most telling first; whatever has routes has a table ``ROUTES`` at its end:

  a call       router, route, view, effects, errors, inputs, fields, paging, filters, bulk, nonces, classes
  the laws     regions (each region law once), switches (what is not known), rights, payers
  the things   records, holders, contents, folders, links, tickets
  people       users, orgs, members, system
  projects     projects, project_fields, project_settings, metadata, sharing, transfer, containers, find
  data         objects, object_fields, object_metadata, files, file_bytes, clone, arranging, removing,
               listing, find_objects, named_objects
  executables  executables, applets, workflows, stages
  apps         apps, app_versions, app_contents, app_fields, app_people, find_apps
  runs         runs, plans, launches, jobs, executions
"""
