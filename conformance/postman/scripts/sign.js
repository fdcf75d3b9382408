// HMAC-SHA256 of the body as it is sent, keyed with the whole secret, in lower-case hexadecimal.
const { HmacSHA256 } = require("crypto-js");
const { v4 } = require("uuid");
const signature = HmacSHA256(pm.request.body.raw, pm.variables.get("webhookSecret")).toString();
pm.request.headers.upsert({ key: "X-Gptimg-Signature", value: signature });
pm.request.headers.upsert({ key: "X-Gptimg-Delivery", value: v4() });
