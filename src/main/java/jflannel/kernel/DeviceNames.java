package jflannel.kernel;

import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/// The names of devices, for log lines: the kernel's objects know a device by its index, people by its name.
public record DeviceNames(Map<Integer, String> byIndex) {
    private static final Pattern DEVICE = Pattern.compile("\\bdev (\\d{1,9})\\b");

    public static DeviceNames of(List<Link> links) {
        return new DeviceNames(links.stream().collect(Collectors.toMap(Link::index, Link::name)));
    }

    /// The text with `dev 3` turned into `dev eth0`; a device that is gone keeps its index.
    public String in(String text) {
        return DEVICE.matcher(text)
                .replaceAll(found -> "dev " + byIndex.getOrDefault(Integer.valueOf(found.group(1)), found.group(1)));
    }
}
