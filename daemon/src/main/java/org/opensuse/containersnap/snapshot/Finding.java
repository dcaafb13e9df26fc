package org.opensuse.containersnap.snapshot;

/// How a root stands to a requirement.
///
/// @param found what is there, in words fit for a line
/// @param mend what to do with the image about it; empty when the requirement is met
public record Finding(Requirement requirement, boolean met, String found, String mend) {}
