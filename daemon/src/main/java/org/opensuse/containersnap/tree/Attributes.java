package org.opensuse.containersnap.tree;

import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;

/// What a file has besides its content and its times.
///
/// @param mode without the type
/// @param extended the extended attributes, a character for each byte of name and value
public record Attributes(long uid, long gid, int mode, SortedMap<String, String> extended) {
    /// The label of SELinux.
    public static final String LABEL = "security.selinux";

    /// The access control list, which has the mode in it.
    public static final String ACCESS_LIST = "system.posix_acl_access";

    public Attributes {
        extended = Collections.unmodifiableSortedMap(new TreeMap<>(extended));
    }
}
