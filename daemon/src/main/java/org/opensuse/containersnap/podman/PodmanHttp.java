package org.opensuse.containersnap.podman;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.InterruptedIOException;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.CancellationException;
import java.util.function.Consumer;
import org.apache.hc.client5.http.classic.methods.HttpUriRequestBase;
import org.apache.hc.client5.http.config.RequestConfig;
import org.apache.hc.client5.http.impl.classic.CloseableHttpClient;
import org.apache.hc.client5.http.impl.classic.HttpClients;
import org.apache.hc.core5.http.ClassicHttpResponse;
import org.apache.hc.core5.http.ContentType;
import org.apache.hc.core5.http.HttpEntity;
import org.apache.hc.core5.http.io.HttpClientResponseHandler;
import org.apache.hc.core5.io.CloseMode;
import org.apache.hc.core5.util.Timeout;

/// Speaks HTTP with one podman over its socket.
final class PodmanHttp implements AutoCloseable {
    /// podman takes bodies without a type, or of the type that forms have, for parameters of the request.
    static final ContentType TAR = ContentType.create("application/x-tar");

    private static final String LIBPOD = "http://podman/v4.0.0/libpod";
    private static final String DOCKER = "http://podman/v1.41";
    private static final int HTTP_ERROR = 400;

    private final Path socket;
    private final CloseableHttpClient client = HttpClients.custom()
            .disableAutomaticRetries()
            .disableRedirectHandling()
            .disableCookieManagement()
            .disableAuthCaching()
            .disableContentCompression()
            .build();

    PodmanHttp(Path socket) {
        this.socket = socket;
    }

    /// An answer that came in full.
    record Answer(int status, String body) {
        boolean refused() {
            return PodmanHttp.refused(status);
        }
    }

    static boolean refused(int status) {
        return status >= HTTP_ERROR;
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

    /// Text made fit for a path or a query.
    static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
    }

    /// Sends a request whose answer is short and comes soon.
    ///
    /// @throws IOException when podman is gone, is too slow, or the calling thread is interrupted
    Answer call(HttpUriRequestBase request, Timeout timeout) throws IOException {
        request.setConfig(config(timeout));
        return execute(request, response -> new Answer(response.getCode(), body(response)));
    }

    /// Sends a request whose answer comes in lines, for as long as it takes.
    ///
    /// @param line gets each line as it comes
    /// @return the HTTP status
    int stream(HttpUriRequestBase request, Consumer<String> line) throws IOException {
        request.setConfig(config(Timeout.DISABLED));
        return execute(request, response -> {
            HttpEntity entity = response.getEntity();
            if (entity != null) {
                try (BufferedReader reader =
                        new BufferedReader(new InputStreamReader(entity.getContent(), StandardCharsets.UTF_8))) {
                    for (String text = reader.readLine(); text != null; text = reader.readLine()) {
                        line.accept(text);
                    }
                }
            }
            return response.getCode();
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

    private RequestConfig config(Timeout answer) {
        return RequestConfig.custom()
                .setUnixDomainSocket(socket)
                .setResponseTimeout(answer)
                .build();
    }

    private static String body(ClassicHttpResponse response) throws IOException {
        HttpEntity entity = response.getEntity();
        return entity == null ? "" : new String(entity.getContent().readAllBytes(), StandardCharsets.UTF_8);
    }
}
