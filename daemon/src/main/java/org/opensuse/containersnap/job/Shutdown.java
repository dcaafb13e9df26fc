package org.opensuse.containersnap.job;

import java.time.Duration;

/// The port to what shuts the machine down.
public interface Shutdown {
    /// Delays a shutdown that is asked for a moment from now on, as far as the machine allows that: so long
    /// that what can be cancelled can end well. Where it can't be done, nothing is delayed.
    ///
    /// @param why what a person reads who asks what delays it, such as `pulls docker://a.b/c:1`
    Hold delay(String why);

    /// As [#delay(String)], and known to be so, or to be impossible, on return.
    Hold delayFromNow(String why);

    /// Refuses a shutdown that is asked for from now on; who may force one still can. Where it can't be done,
    /// which is known after a second at most, nothing is refused.
    Hold block(String why);

    /// Hears that the machine is about to shut down, on a thread that may take its time.
    void whenItComes(Runnable action);

    /// Asks for more time for the stop of this service, of which it has been told.
    ///
    /// @param fromNow after this it is as before; to be asked again until then
    void stopTakes(Duration fromNow);

    /// A shutdown that is delayed or refused until this is closed, once.
    interface Hold extends AutoCloseable {
        @Override
        void close();
    }

    /// Of a machine that nobody asks before it goes down.
    static Shutdown unannounced() {
        return new Shutdown() {
            @Override
            public Hold delay(String why) {
                return () -> {};
            }

            @Override
            public Hold delayFromNow(String why) {
                return () -> {};
            }

            @Override
            public Hold block(String why) {
                return () -> {};
            }

            @Override
            public void whenItComes(Runnable action) {}

            @Override
            public void stopTakes(Duration fromNow) {}
        };
    }
}
