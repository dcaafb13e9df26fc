package org.opensuse.containersnap.carry;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.opensuse.containersnap.tree.Attributes;

/// Merges attributes, each on its own: owner, permissions, extended attributes. Permissions are the mode and the access
/// control list, since each holds a part of the other.
///
/// SELinux's label takes no part: it is made by a policy for a path, no person's change; it goes with the content.
final class AttributeMerge {
    private final List<String> conflicts = new ArrayList<>();

    private AttributeMerge() {}

    /// @param conflicts what both changed differently, where that of the running system stays
    record Merged(Attributes attributes, List<String> conflicts) {}

    private record Owner(long uid, long gid) {
        static Owner of(Attributes attributes) {
            return new Owner(attributes.uid(), attributes.gid());
        }
    }

    private record Permissions(int mode, @Nullable String list) {
        static Permissions of(Attributes attributes) {
            return new Permissions(attributes.mode(), attributes.extended().get(Attributes.ACCESS_LIST));
        }
    }

    /// An extended attribute; null when it is not there.
    private record Value(@Nullable String text) {
        static Value of(Attributes attributes, String name) {
            return new Value(attributes.extended().get(name));
        }
    }

    /// Merges the attributes of one thing.
    ///
    /// @param base before anybody changed them; empty when that is not known
    static Merged merge(Optional<Attributes> base, Attributes mine, Attributes theirs, boolean labelOfMine) {
        AttributeMerge merge = new AttributeMerge();
        Owner owner = merge.pick("owner", base.map(Owner::of), Owner.of(mine), Owner.of(theirs));
        Permissions permissions =
                merge.pick("permissions", base.map(Permissions::of), Permissions.of(mine), Permissions.of(theirs));
        SortedMap<String, String> extended = new TreeMap<>();
        TreeSet<String> names = new TreeSet<>(mine.extended().keySet());
        names.addAll(theirs.extended().keySet());
        for (String name : names) {
            String value = switch (name) {
                case Attributes.LABEL ->
                    (labelOfMine ? mine : theirs).extended().get(name);
                case Attributes.ACCESS_LIST -> permissions.list;
                default ->
                    merge.pick(
                                    name,
                                    base.map(attributes -> Value.of(attributes, name)),
                                    Value.of(mine, name),
                                    Value.of(theirs, name))
                            .text;
            };
            if (value != null) {
                extended.put(name, value);
            }
        }
        return new Merged(new Attributes(owner.uid, owner.gid, permissions.mode, extended), merge.conflicts);
    }

    /// Whether two are the same but for the label.
    static boolean same(Attributes one, Attributes other) {
        return withoutLabel(one).equals(withoutLabel(other));
    }

    private static Attributes withoutLabel(Attributes attributes) {
        SortedMap<String, String> extended = new TreeMap<>(attributes.extended());
        extended.remove(Attributes.LABEL);
        return new Attributes(attributes.uid(), attributes.gid(), attributes.mode(), extended);
    }

    private <T> T pick(String name, Optional<T> base, T mine, T theirs) {
        if (mine.equals(theirs) || Objects.equals(base.orElse(null), theirs)) {
            return mine;
        }
        if (Objects.equals(base.orElse(null), mine)) {
            return theirs;
        }
        conflicts.add(name);
        return mine;
    }
}
