import { AUTHORITIES, type Front, PAGE_FILE, proxySocket, quoted, sha256 } from './front.ts';

/**
 * What nginx reads: a proxy that lets through what the protocol has and nothing else, keeps nothing and logs nothing.
 *
 * Of what a client says it hands on the path, the query, the body and a plain range; every other header is the front's
 * own. The `Host` of each request is that of its origin: a presigned URL is signed for it. What a page asks for leaves as
 * what a command asks for; the answer says besides that the page may read it. Protocol, "The page's requests".
 */
export function nginxConf({ drop, uploads, places, authorities, resolver, page }: Front): string {
  const folder = (name: string) => quoted(`${places.run}/${name}`);
  // The pattern lets nginx -t pass where nothing has run yet, and so nothing has said who resolves names.
  return `# Written by dead-drop gateway: what is changed here is lost when it writes again.
daemon off;
worker_processes 1;
pid ${folder('nginx.pid')};
error_log /dev/null emerg;

events {
  worker_connections 4096;
}

http {
  access_log off;
  log_not_found off;
  server_tokens off;

  client_body_temp_path ${folder('body')};
  proxy_temp_path ${folder('proxy')};
  fastcgi_temp_path ${folder('fastcgi')};
  uwsgi_temp_path ${folder('uwsgi')};
  scgi_temp_path ${folder('scgi')};

  ${resolver === undefined ? `include ${folder('resolver.con[f]')};` : `resolver ${resolver};`}
  resolver_timeout 10s;

  # Who asks. A command says neither; a page in a sandboxed frame has no origin, and its browser says so. Who is neither is
  # a browser on behalf of some site, or one that would show what the drop answers as a page of this address.
  map "$http_origin $http_sec_fetch_mode" $who {
    default "site";
    "~^ $" "command";
    "~^null (cors)?$" "page";
  }

  # What is asked for. A page says POST for PUT, because for a PUT its browser would ask first whether it may.
  map "$who $request_method" $method {
    default "";
    "command GET" "GET";
    "command PUT" "PUT";
    "page GET" "GET";
    "page POST" "PUT";
    "page OPTIONS" "OPTIONS";
  }

  # Where each request goes; what is not here does not exist.
  map "$method $request_uri" $origin {
    default "";
    "~^GET /upload-url(\\?id=[A-Za-z0-9_-]{43}&work=[A-Za-z0-9_-]{11})?$" "${drop}";
    "~^PUT /register-id(\\?work=[A-Za-z0-9_-]{11})?$" "${drop}";
    "~^GET /\\?list-type=2&prefix=ids%2F(&start-after=ids%2F[0-9TZA%-]+)?$" "${drop}";
    "~^GET /ids/[0-9TZ:-]{20}$" "${drop}";
    "~^GET /summaries/[0-9-]{10}(T[0-9]{2})?$" "${drop}";
    "~^GET /uploads/[A-Za-z0-9_-]{43}$" "${drop}";
    "~^PUT (/[A-Za-z0-9][A-Za-z0-9.-]+)?/uploads/[A-Za-z0-9_-]{43}\\?[!-~]+$" "${uploads}";
  }
  map "$method $request_uri" $type {
    default "";
    "~^PUT /register-id(\\?work=[A-Za-z0-9_-]{11})?$" "application/octet-stream";
  }
  map "$method $request_uri" $if_none_match {
    default "";
    "~^PUT [^?]*/uploads/" "*";
  }
  map $http_range $range {
    default "";
    "~^bytes=[0-9]+-[0-9]+$" $http_range;
  }

  # What an answer says to a page's browser. A header without a value is none.
  map $who $allowed_origin {
    default "";
    "page" "null";
  }
  map $who $exposed_headers {
    default "";
    "page" "ETag";
  }
  map $who $vary {
    default "";
    "page" "Origin";
  }
  map $method $allowed_methods {
    default "";
    "OPTIONS" "GET, POST";
  }
  map $method $allowed_headers {
    default "";
    "OPTIONS" "Range";
  }
${page === undefined ? '' : PAGE_MAP}
  server {
    listen ${quoted(`unix:${proxySocket(places)}`)};
    client_max_body_size 1m;
    keepalive_timeout 0;

    # Tor is slow: five minutes without a byte, in either direction.
    client_body_timeout 300s;
    send_timeout 300s;
    proxy_connect_timeout 30s;
    proxy_send_timeout 300s;
    proxy_read_timeout 300s;

    # Straight through: nothing is gathered in memory or on the disk.
    proxy_request_buffering off;
    proxy_buffering off;
    proxy_max_temp_file_size 0;
    proxy_http_version 1.1;

    proxy_method $method;
    proxy_pass_request_headers off;
    proxy_set_header Host $proxy_host;
    proxy_set_header Content-Type $type;
    proxy_set_header If-None-Match $if_none_match;
    proxy_set_header Range $range;

    # What the drop answers is handed on, and steers nothing here.
    proxy_ignore_headers X-Accel-Redirect X-Accel-Expires X-Accel-Limit-Rate X-Accel-Buffering X-Accel-Charset;
${HIDDEN.map((name) => `    proxy_hide_header ${name};\n`).join('')}
    proxy_ssl_server_name on;
    proxy_ssl_verify on;
    proxy_ssl_verify_depth 5;
    proxy_ssl_protocols TLSv1.2 TLSv1.3;
    proxy_ssl_trusted_certificate ${quoted(authorities === undefined ? AUTHORITIES : `${places.config}/authorities.pem`)};

    add_header Access-Control-Allow-Origin $allowed_origin always;
    add_header Access-Control-Expose-Headers $exposed_headers always;
    add_header Access-Control-Allow-Methods $allowed_methods always;
    add_header Access-Control-Allow-Headers $allowed_headers always;
    add_header Vary $vary always;

    # A browser that asks first is answered here: the drop is never asked such a thing.
    if ($method = "OPTIONS") {
      return 204;
    }
${page === undefined ? '' : pageLocation(places.config, page)}
    location / {
      if ($origin = "") {
        return 404;
      }
      proxy_pass $origin$request_uri;
    }

    # Never sent to a second address of the drop: equal registrations would stand out among decoys.
    location = /register-id {
      if ($origin = "") {
        return 404;
      }
      proxy_next_upstream off;
      proxy_pass $origin$request_uri;
    }
  }
}
`;
}

/** What no drop says, and would have a browser keep something, go elsewhere, or be let in by another's leave. */
const HIDDEN = [
  'Set-Cookie',
  'Alt-Svc',
  'Refresh',
  'Link',
  'Access-Control-Allow-Origin',
  'Access-Control-Allow-Methods',
  'Access-Control-Allow-Headers',
  'Access-Control-Allow-Credentials',
  'Access-Control-Expose-Headers',
  'Access-Control-Max-Age',
];

/** Which requests are for the page itself: those of a browser that goes to the address, and of whoever fetches the file. */
const PAGE_MAP = `
  map "$http_origin $request_method $request_uri" $wants_page {
    default "";
    "~^ (GET|HEAD) /$" "yes";
  }
`;

/** Serves the page as it is, to be shown by itself only; nothing about it tells when it was put there. */
function pageLocation(config: string, page: Uint8Array): string {
  return `
    ${pageMark(sha256(page))}
    if ($wants_page) {
      rewrite ^ /page last;
    }
    location = /page {
      internal;
      alias ${quoted(`${config}/${PAGE_FILE}`)};
      types {
      }
      default_type "text/html; charset=utf-8";
      etag off;
      if_modified_since off;
      max_ranges 0;
      add_header Last-Modified "";
      add_header Cache-Control no-store;
      add_header Content-Security-Policy "frame-ancestors 'none'; base-uri 'none'; form-action 'none'";
      add_header Cross-Origin-Opener-Policy same-origin;
      add_header Referrer-Policy no-referrer;
      add_header X-Content-Type-Options nosniff;
      gzip on;
      gzip_types *;
      gzip_comp_level 6;
    }
`;
}

/** The line by which the configuration vouches for the page's file, in which nothing stands that is not the page. */
export const pageMark = (hash: string) => `# SHA-256 of ${PAGE_FILE}: ${hash}`;
