package org.opensuse.containersnap.job;

import java.util.HashSet;
import java.util.Set;

/// Who is answering a request. Of calls with the same request ID one goes on at a time, so that the next one finds the
/// job that it started.
final class Claims {
    private final Set<Claimed> claimed = new HashSet<>();

    private record Claimed(long uid, RequestId id) {}

    /// The right to answer, until it is given back.
    interface Claim extends AutoCloseable {
        @Override
        void close();
    }

    /// Takes the right to answer a request of a user, as soon as nobody else has it.
    Claim take(long uid, RequestId id) throws InterruptedException {
        Claimed request = new Claimed(uid, id);
        synchronized (claimed) {
            while (!claimed.add(request)) {
                claimed.wait();
            }
        }
        return () -> giveBack(request);
    }

    private void giveBack(Claimed request) {
        synchronized (claimed) {
            claimed.remove(request);
            claimed.notifyAll();
        }
    }
}
