package jflannel.lab.kube;

import java.time.Duration;

/// Makes a [KubeApi] misbehave towards its user. The administrator is always served.
public final class ApiFaults {
    private Duration delay = Duration.ZERO;
    private Duration patchDelay = Duration.ZERO;
    private boolean paused;
    private int refusal;
    private String token = KubeApi.USER;
    private int broken;

    /// Delays each answer by this time.
    public synchronized void delayAnswers(Duration time) {
        delay = time;
    }

    /// Answers patches only this long after they took effect, as a busy API server does.
    public synchronized void delayAnswersToPatches(Duration time) {
        patchDelay = time;
    }

    /// Accepts and keeps connections, but sends no answers and no news.
    public synchronized void pause(boolean yes) {
        paused = yes;
        notifyAll();
    }

    /// Answers everything with this HTTP status, and ends all watches.
    ///
    /// @param code 0 to be friendly again
    public synchronized void refuse(int code) {
        refusal = code;
        broken++;
    }

    /// Changes the user's token; watches continue.
    public synchronized void accept(String other) {
        token = other;
    }

    synchronized boolean accepts(String authorization) {
        return ("Bearer " + token).equals(authorization);
    }

    /// The HTTP status for everything, or 0.
    synchronized int refusal() {
        return refusal;
    }

    /// Grows whenever all watches end.
    synchronized int broken() {
        return broken;
    }

    /// Delays a request as configured.
    void beforeAnswer() throws InterruptedException {
        Duration time;
        synchronized (this) {
            time = delay;
        }
        Thread.sleep(time);
        awaitResumed();
    }

    void beforeAnswerToPatch() throws InterruptedException {
        Duration time;
        synchronized (this) {
            time = patchDelay;
        }
        Thread.sleep(time);
    }

    synchronized void awaitResumed() throws InterruptedException {
        while (paused) {
            wait();
        }
    }
}
