import TestSupport

extension NginxServer {
    /// The whole `nginx.conf`: no daemon, no second process, nothing outside the directory, the log to the pipe.
    static func configuration(
        _ options: Options,
        certificates: TestCertificates,
        directory: TemporaryDirectory,
        ports: (plain: UInt16, tls: UInt16, http2: UInt16)
    ) -> String {
        let certificate = options.certificate(certificates)
        let locations = Self.locations(options, directory: directory)
        let header = options.announcesKeepAlive ? " \(options.keepAliveTimeout)" : ""
        return """
            daemon off;
            master_process off;
            pid \(directory.file("pid"));
            error_log stderr warn;
            worker_rlimit_nofile 8192;
            events { worker_connections 4096; }
            http {
                log_format facts 'request $connection $connection_requests $request_method $uri $status '
                    '$server_protocol $ssl_protocol $ssl_session_reused $ssl_client_s_dn';
                access_log /dev/stdout facts;
                client_body_temp_path \(directory.file("temp"));
                proxy_temp_path \(directory.file("temp"));
                fastcgi_temp_path \(directory.file("temp"));
                uwsgi_temp_path \(directory.file("temp"));
                scgi_temp_path \(directory.file("temp"));
                client_max_body_size 0;
                keepalive_timeout \(options.keepAliveTimeout)\(header);
                keepalive_requests 1000000;
                http2_max_concurrent_streams \(options.concurrentStreams);
                ssl_protocols TLSv1.3;
                ssl_certificate \(certificate.certificate);
                ssl_certificate_key \(certificate.key);
                ssl_session_cache shared:sessions:1m;
                ssl_client_certificate \(certificates.authority);
                server {
                    listen 127.0.0.1:\(ports.plain) backlog=1024;
                    listen unix:\(directory.file("socket"));
                    \(locations)
                }
                server {
                    listen 127.0.0.1:\(ports.tls) ssl backlog=1024;
                    ssl_verify_client \(options.verifiesClients ? "on" : "off");
                    \(locations)
                }
                server {
                    listen 127.0.0.1:\(ports.http2) ssl http2 backlog=1024;
                    ssl_verify_client \(options.verifiesClients ? "on" : "off");
                    \(locations)
                }
            }
            """
    }

    private static func locations(_ options: Options, directory: TemporaryDirectory) -> String {
        let answer = String(repeating: "a", count: answerLength)
        let upstream = options.upstreamPort.map { port in
            "location /upstream/ { proxy_pass http://127.0.0.1:\(port); proxy_read_timeout 300; proxy_buffering off; }"
        }
        return """
            location / { default_type application/json; return 200 '\(answer)'; }
            location = /large { alias \(directory.file("large")); }
            location = /slow { alias \(directory.file("large")); limit_rate 20k; }
            location = /status { stub_status; }
            \(upstream ?? "")
            \(options.directives)
            """
    }
}
