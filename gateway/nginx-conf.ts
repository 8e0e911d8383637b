import { AUTHORITIES, type Front, proxySocket, quoted } from './front.ts';

/**
 * What nginx reads: a proxy that lets through what the protocol has and nothing else, keeps nothing and logs nothing.
 *
 * Of what a client says it hands on the path, the query, the body and a plain range; every other header is the front's
 * own. The `Host` of each request is that of its origin: a presigned URL is signed for it.
 */
export function nginxConf({ drop, uploads, places, authorities, resolver }: Front): string {
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

  # Where each request goes; what is not here does not exist.
  map "$request_method $request_uri" $origin {
    default "";
    "~^GET /upload-url(\\?id=[A-Za-z0-9_-]{43}&work=[A-Za-z0-9_-]{11})?$" "${drop}";
    "~^PUT /register-id(\\?work=[A-Za-z0-9_-]{11})?$" "${drop}";
    "~^GET /\\?list-type=2&prefix=ids%2F(&start-after=ids%2F[0-9TZA%-]+)?$" "${drop}";
    "~^GET /ids/[0-9TZ:-]{20}$" "${drop}";
    "~^GET /summaries/[0-9-]{10}(T[0-9]{2})?$" "${drop}";
    "~^GET /uploads/[A-Za-z0-9_-]{43}$" "${drop}";
    "~^PUT (/[A-Za-z0-9][A-Za-z0-9.-]+)?/uploads/[A-Za-z0-9_-]{43}\\?[!-~]+$" "${uploads}";
  }
  map "$request_method $request_uri" $type {
    default "";
    "~^PUT /register-id(\\?work=[A-Za-z0-9_-]{11})?$" "application/octet-stream";
  }
  map "$request_method $request_uri" $if_none_match {
    default "";
    "~^PUT [^?]*/uploads/" "*";
  }
  map $http_range $range {
    default "";
    "~^bytes=[0-9]+-[0-9]+$" $http_range;
  }

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

    proxy_pass_request_headers off;
    proxy_set_header Host $proxy_host;
    proxy_set_header Content-Type $type;
    proxy_set_header If-None-Match $if_none_match;
    proxy_set_header Range $range;

    # What the drop answers is handed on, and steers nothing here.
    proxy_ignore_headers X-Accel-Redirect X-Accel-Expires X-Accel-Limit-Rate X-Accel-Buffering X-Accel-Charset;

    proxy_ssl_server_name on;
    proxy_ssl_verify on;
    proxy_ssl_verify_depth 5;
    proxy_ssl_protocols TLSv1.2 TLSv1.3;
    proxy_ssl_trusted_certificate ${quoted(authorities === undefined ? AUTHORITIES : `${places.config}/authorities.pem`)};

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
