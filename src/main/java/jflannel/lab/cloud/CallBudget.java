package jflannel.lab.cloud;

/// How many calls a cloud takes: a bucket of tokens that refills. For one thread at a time.
final class CallBudget {
    private final int size;
    private final double perNano;
    private double tokens;
    private long last;

    CallBudget(int size, int perSecond, long now) {
        this.size = size;
        this.perNano = perSecond / 1e9;
        this.tokens = size;
        this.last = now;
    }

    boolean take(long now) {
        tokens = Math.min(size, tokens + (now - last) * perNano);
        last = now;
        if (tokens < 1) {
            return false;
        }
        tokens--;
        return true;
    }
}
