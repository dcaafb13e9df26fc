package org.opensuse.containersnap.podman;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.InterruptedIOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import org.apache.hc.client5.http.classic.methods.HttpUriRequestBase;
import org.apache.hc.client5.http.config.RequestConfig;
import org.apache.hc.client5.http.impl.classic.CloseableHttpClient;
import org.apache.hc.client5.http.impl.classic.HttpClients;
import org.apache.hc.client5.http.impl.io.ManagedHttpClientConnectionFactory;
import org.apache.hc.client5.http.impl.io.PoolingHttpClientConnectionManager;
import org.apache.hc.client5.http.io.HttpClientConnectionManager;
import org.apache.hc.client5.http.io.HttpClientConnectionOperator;
import org.apache.hc.client5.http.io.ManagedHttpClientConnection;
import org.apache.hc.core5.http.ContentType;
import org.apache.hc.core5.http.Header;
import org.apache.hc.core5.http.HttpEntity;
import org.apache.hc.core5.http.HttpHost;
import org.apache.hc.core5.http.config.Http1Config;
import org.apache.hc.core5.http.io.HttpClientResponseHandler;
import org.apache.hc.core5.http.io.SocketConfig;
import org.apache.hc.core5.http.protocol.HttpContext;
import org.apache.hc.core5.io.CloseMode;
import org.apache.hc.core5.pool.PoolConcurrencyPolicy;
import org.apache.hc.core5.pool.PoolReusePolicy;
import org.apache.hc.core5.util.TimeValue;
import org.apache.hc.core5.util.Timeout;
import org.opensuse.containersnap.process.Lines;

/// Speaks HTTP with one podman over its socket. Whatever comes back, only so much of it is kept.
final class PodmanHttp implements AutoCloseable {
    /// podman takes bodies without a type, or of the type that forms have, for parameters of the request.
    static final ContentType TAR = ContentType.create("application/x-tar");

    private static final String LIBPOD = "http://podman/v4.0.0/libpod";
    private static final String DOCKER = "http://podman/v1.41";
    private static final String VERSION = "Libpod-API-Version";

    /// More than the longest line of all, an error with a manifest in it.
    private static final int LONGEST_LINE = 1 << 20;

    private static final Http1Config HEADS = Http1Config.custom()
            .setMaxLineLength(1 << 16)
            .setMaxHeaderCount(100)
            .setMaxEmptyLineCount(10)
            .build();
    private static final int OK = 200;
    private static final int REDIRECT = 300;

    private final CloseableHttpClient client;

    PodmanHttp(Path socket) {
        this.client = HttpClients.custom()
                .setConnectionManager(connections(socket))
                .disableAutomaticRetries()
                .disableRedirectHandling()
                .disableCookieManagement()
                .disableAuthCaching()
                .disableContentCompression()
                .build();
    }

    /// How an answer begins.
    ///
    /// @param version what podman says that its own is
    record Head(int status, Optional<String> version) {
        /// Whether it is anything but a success; nothing that is asked of podman is answered by a redirection.
        boolean refused() {
            return status < OK || status >= REDIRECT;
        }
    }

    /// Gets the lines of an answer.
    interface LineListener {
        void line(String text) throws InterruptedException;
    }

    /// A request to podman's own interface.
    ///
    /// @param path such as `/images/load`
    static HttpUriRequestBase libpod(String method, String path) {
        return new HttpUriRequestBase(method, URI.create(LIBPOD + path));
    }

    /// A request to the interface that podman shares with docker.
    static HttpUriRequestBase docker(String method, String path) {
        return new HttpUriRequestBase(method, URI.create(DOCKER + path));
    }

    /// The question whether podman is there, which any version understands.
    static HttpUriRequestBase ping() {
        return new HttpUriRequestBase("GET", URI.create("http://podman/libpod/_ping"));
    }

    /// Text made fit for a path or a query.
    static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
    }

    /// Sends a request and reads its answer, for as long as it takes.
    ///
    /// @param listener gets each line as it comes
    /// @throws IOException when podman is gone, or the calling thread is interrupted
    Head stream(HttpUriRequestBase request, LineListener listener) throws IOException {
        request.setConfig(
                RequestConfig.custom().setResponseTimeout(Timeout.DISABLED).build());
        return execute(request, response -> {
            HttpEntity entity = response.getEntity();
            if (entity != null) {
                // Not closed here: that would read on to the end of the answer, which may have none.
                BufferedReader reader =
                        new BufferedReader(new InputStreamReader(entity.getContent(), StandardCharsets.UTF_8));
                read(request, new Lines(reader, LONGEST_LINE), listener);
            }
            Header version = response.getFirstHeader(VERSION);
            return new Head(response.getCode(), Optional.ofNullable(version).map(Header::getValue));
        });
    }

    /// Closes all connections at once, also those in use.
    @Override
    public void close() {
        client.close(CloseMode.IMMEDIATE);
    }

    private <T> T execute(HttpUriRequestBase request, HttpClientResponseHandler<T> handler) throws IOException {
        try {
            return client.execute(request, handler);
        } catch (CancellationException e) {
            // What the library throws when the thread is interrupted before there is a connection.
            throw (IOException) new InterruptedIOException("interrupted").initCause(e);
        }
    }

    /// Connections to the socket, whatever host a request names.
    private static HttpClientConnectionManager connections(Path socket) {
        HttpClientConnectionOperator operator = new HttpClientConnectionOperator() {
            @Override
            public void connect(
                    ManagedHttpClientConnection connection,
                    HttpHost host,
                    InetSocketAddress localAddress,
                    TimeValue timeout,
                    SocketConfig config,
                    HttpContext context)
                    throws IOException {
                connection.bind(UnixSocket.connect(socket));
            }

            @Override
            public void upgrade(ManagedHttpClientConnection connection, HttpHost host, HttpContext context) {
                throw new UnsupportedOperationException("podman speaks plain HTTP");
            }
        };
        return new PoolingHttpClientConnectionManager(
                operator,
                PoolConcurrencyPolicy.STRICT,
                PoolReusePolicy.LIFO,
                TimeValue.NEG_ONE_MILLISECOND,
                ManagedHttpClientConnectionFactory.builder().http1Config(HEADS).build());
    }

    private static void read(HttpUriRequestBase request, Lines lines, LineListener listener) throws IOException {
        try {
            for (Optional<String> line = lines.next(); line.isPresent(); line = lines.next()) {
                if (lines.cut()) {
                    request.abort();
                    throw new IOException("it answered with a line of more than " + LONGEST_LINE + " characters");
                }
                listener.line(line.get());
            }
        } catch (InterruptedException e) {
            throw (InterruptedIOException) new InterruptedIOException().initCause(e);
        }
    }
}
