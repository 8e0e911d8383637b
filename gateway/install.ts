import { INSTALLED } from './front.ts';

/** The systemd unit of a front that is installed. @param names - of the files to install beside the start program */
export function systemdUnit(names: readonly string[]): string {
  const name = INSTALLED.config.split('/').at(-1);
  return `# Written by dead-drop gateway. To install, as root, in this folder:
#   apt-get install tor nginx-light && systemctl disable --now tor nginx
#   install -d ${INSTALLED.config} && install -m 644 ${names.join(' ')} ${INSTALLED.config} && install -m 755 start ${INSTALLED.config}
#   install -m 644 dead-drop-gateway.service /etc/systemd/system && systemctl enable --now dead-drop-gateway
#   cat ${INSTALLED.state}/onion/hostname
[Unit]
Description=Onion front of a dead drop
Wants=network-online.target
After=network-online.target

[Service]
ExecStart=${INSTALLED.config}/start
Restart=always
RestartSec=5
LimitNOFILE=65536

# A user that exists while it runs, with these two folders and nothing else to write to.
DynamicUser=yes
StateDirectory=${name}
StateDirectoryMode=0700
RuntimeDirectory=${name}
RuntimeDirectoryMode=0700
UMask=0077

CapabilityBoundingSet=
AmbientCapabilities=
NoNewPrivileges=yes
ProtectSystem=strict
ProtectHome=yes
ProtectProc=invisible
ProtectClock=yes
ProtectHostname=yes
ProtectControlGroups=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
PrivateDevices=yes
PrivateTmp=yes
LockPersonality=yes
# Not MemoryDenyWriteExecute: tor compiles the puzzle of its proof of work.
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
SystemCallArchitectures=native
SystemCallFilter=@system-service
LimitCORE=0

[Install]
WantedBy=multi-user.target
`;
}

/** The recipe of a container with a front in it. @param names - as for the unit */
export function containerfile(names: readonly string[]): string {
  return `# Written by dead-drop gateway. In this folder:
#   podman build -t dead-drop-gateway .
#   podman run -d --restart=always --read-only --log-driver=none --tmpfs ${INSTALLED.run}:mode=1777 \\
#     -v dead-drop-gateway:${INSTALLED.state} --name dead-drop-gateway dead-drop-gateway
#   podman exec dead-drop-gateway cat ${INSTALLED.state}/onion/hostname
FROM debian:bookworm-slim
RUN apt-get update \\
 && apt-get install -y --no-install-recommends ca-certificates nginx-light tor \\
 && rm -rf /var/lib/apt/lists/* \\
 && useradd --system --no-create-home --shell /usr/sbin/nologin gateway \\
 && install -d -o gateway -m 700 ${INSTALLED.state} ${INSTALLED.run}
COPY start ${names.join(' ')} ${INSTALLED.config}/
VOLUME ${INSTALLED.state}
USER gateway
CMD ["/bin/bash", "${INSTALLED.config}/start"]
`;
}
