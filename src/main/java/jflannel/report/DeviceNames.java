package jflannel.report;

import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import jflannel.kernel.Link;

/// The names of devices, for log lines: the kernel's objects tell a device by its index, people by its name.
record DeviceNames(Map<Integer, String> byIndex) {
    private static final Pattern DEVICE = Pattern.compile("\\bdev (\\d{1,9})\\b");

    static DeviceNames of(List<Link> links) {
        return new DeviceNames(links.stream().collect(Collectors.toMap(Link::index, Link::name)));
    }

    /// The text with `dev 3` turned into `dev eth0`; a device that is gone keeps its index.
    String in(String text) {
        return DEVICE.matcher(text)
                .replaceAll(found -> "dev " + byIndex.getOrDefault(Integer.valueOf(found.group(1)), found.group(1)));
    }
}
