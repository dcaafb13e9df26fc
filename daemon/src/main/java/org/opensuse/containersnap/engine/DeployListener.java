package org.opensuse.containersnap.engine;

/// Hears how far a deployment is; called on the thread that does it.
public interface DeployListener extends TransferListener, HookListener {
    /// Takes note of what is done next.
    void begins(Phase phase);

    /// Has a cancel wait until [#heed]: the part that comes is done as a whole.
    ///
    /// @throws InterruptedException when a cancel came before
    void defer(Phase phase) throws InterruptedException;

    /// Takes note that nothing must come to its end any more, since what was done is undone.
    void failing();

    /// Has a cancel interrupt the thread again.
    ///
    /// @throws InterruptedException when one came meanwhile
    void heed() throws InterruptedException;
}
