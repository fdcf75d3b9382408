// newman ends only when all connections have: a server may keep an idle one for more than a minute.
pm.request.headers.upsert({ key: "Connection", value: "close" });
