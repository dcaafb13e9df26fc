#define _GNU_SOURCE
#include "agent.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

static const char agent_program[] = "/usr/bin/pkttyagent";
static const int start_millis = 10000;

static pid_t agent;

/* In the child: as a program expects to be started, and not to outlive who needs it. */
static void run_agent(pid_t parent, int notify)
{
    char notify_text[16];
    char *arguments[] = {(char *)agent_program, "--notify-fd", notify_text, "--fallback", NULL};
    sigset_t none;

    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (getppid() == parent && fcntl(notify, F_SETFD, 0) == 0) {
        snprintf(notify_text, sizeof notify_text, "%d", notify);
        execv(agent_program, arguments);
    }
    _exit(EXIT_FAILURE);
}

void container_snap_start_agent(void)
{
    pid_t parent = getpid();
    struct pollfd ready = {.events = 0};
    int terminal, ends[2];

    if (agent > 0 || access(agent_program, X_OK) < 0)
        return;
    /* It asks at the controlling terminal, which need not be there where standard input is one. */
    terminal = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
    if (terminal < 0)
        return;
    close(terminal);
    if (pipe2(ends, O_CLOEXEC) < 0)
        return;
    agent = fork();
    if (agent == 0)
        run_agent(parent, ends[1]);
    close(ends[1]);
    if (agent > 0) {
        /* It closes its end when it is registered, or when it failed. */
        ready.fd = ends[0];
        poll(&ready, 1, start_millis);
    }
    close(ends[0]);
}

void container_snap_end_agent(void)
{
    if (agent <= 0)
        return;
    kill(agent, SIGTERM);
    kill(agent, SIGCONT);
    waitpid(agent, NULL, 0);
    agent = 0;
}
