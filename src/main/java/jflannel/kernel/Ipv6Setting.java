package jflannel.kernel;

import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import jflannel.linux.Sysctl;

/// What this program wants of IPv6 on its own devices: /proc/sys/net/ipv6/conf, ip-sysctl.rst of the kernel.
final class Ipv6Setting {
    private static final Logger LOG = System.getLogger(Ipv6Setting.class.getName());

    private Ipv6Setting() {}

    /// A router's advertisement from within the overlay must not give this node addresses and routes.
    static void ignoreRouters(String device) {
        write(device, "accept_ra", "0");
    }

    /// A device that packets only pass through has no addresses, and asks for none.
    static void refuse(String device) {
        write(device, "disable_ipv6", "1");
    }

    /// Lets a device have IPv6 addresses. If it may not be set, the kernel says so when it refuses the address.
    static void allow(String device) {
        if (read(device, "disable_ipv6").equals("1") && write(device, "disable_ipv6", "0")) {
            LOG.log(Level.INFO, "set net/ipv6/conf/{0}/disable_ipv6 to 0, for the pods'' IPv6 packets", device);
        }
    }

    private static String read(String device, String name) {
        try {
            return Sysctl.read("net/ipv6/conf/" + device + "/" + name).orElse("");
        } catch (IOException e) {
            return "";
        }
    }

    private static boolean write(String device, String name, String value) {
        try {
            Sysctl.write("net/ipv6/conf/" + device + "/" + name, value);
            return true;
        } catch (IOException e) {
            LOG.log(Level.DEBUG, "no IPv6, or /proc/sys is read-only: {0}", e.toString());
            return false;
        }
    }
}
