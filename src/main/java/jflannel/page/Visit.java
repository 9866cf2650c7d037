package jflannel.page;

import com.sun.net.httpserver.Headers;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import jflannel.ip.Ip;

/// What protects the page, and whoever looks at it, from other pages in the same browser.
final class Visit {
    /// The browser loads nothing from elsewhere, runs no script of a page's text, and takes no text for markup.
    private static final String POLICY = String.join(
            "; ",
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            "img-src 'self'",
            "connect-src 'self'",
            "base-uri 'none'",
            "form-action 'none'",
            "frame-ancestors 'none'",
            "require-trusted-types-for 'script'",
            "trusted-types 'none'");

    static final Map<String, String> HEADERS = Map.of(
            "Content-Security-Policy", POLICY,
            "X-Content-Type-Options", "nosniff",
            "X-Frame-Options", "DENY",
            "Referrer-Policy", "no-referrer",
            "Cross-Origin-Resource-Policy", "same-origin",
            "Cross-Origin-Opener-Policy", "same-origin");

    private static final Set<String> FROM_HERE = Set.of("same-origin", "none");

    private Visit() {}

    /// Why this request is not answered; empty if it is.
    static String objection(Headers headers) {
        String host = headers.getFirst("Host");
        if (host == null || !isHere(host)) {
            return "Open this page by an IP address of the node, or as localhost";
        }
        String site = headers.getFirst("Sec-Fetch-Site");
        boolean link = "navigate".equals(headers.getFirst("Sec-Fetch-Mode"));
        return site == null || FROM_HERE.contains(site) || link ? "" : "Another site may not ask";
    }

    /// True unless it is a name. Somebody else's name can be made to lead here (DNS rebinding), and the browser would
    /// let that site's scripts read all of this.
    private static boolean isHere(String host) {
        int port = host.lastIndexOf(':');
        String name = (port > host.lastIndexOf(']') ? host.substring(0, port) : host).toLowerCase(Locale.ROOT);
        boolean bracketed = name.startsWith("[") && name.endsWith("]");
        if (name.equals("localhost") || name.endsWith(".localhost")) {
            return true;
        }
        try {
            Ip.parse(bracketed ? name.substring(1, name.length() - 1) : name);
            return bracketed == name.contains(":");
        } catch (IllegalArgumentException e) {
            return false;
        }
    }
}
