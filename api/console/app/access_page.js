// Starts the parts of the page of keys and tenants.

import { startAudit } from "../access/audit.js";
import { startKeyForm } from "../access/key_form.js";
import { startKeyList } from "../access/key_list.js";
import { startMadeKey } from "../access/made_key.js";
import { startTenantList } from "../access/tenant_list.js";
import { startUsage } from "../access/usage.js";
import { may } from "../lib/caller.js";
import { startStatusPolling } from "../status/status_polling.js";
import { startFrame } from "./frame.js";

await startFrame();
startStatusPolling();
if (may("keys")) {
  startMadeKey();
  startKeyForm();
  startKeyList();
  startUsage();
  startAudit();
  if (may("operator")) startTenantList();
}
