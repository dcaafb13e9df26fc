package org.opensuse.containersnap.job;

/// Hears of jobs; called on the thread that makes the change.
public interface JobListener {
    void accepted(Job job);

    void changed(Job job);

    void forgotten(Job job);
}
