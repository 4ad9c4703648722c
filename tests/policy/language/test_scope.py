"""Whom and when a rule is for: names in every slot, words that are no names, days and hours, and who is left out."""

import pytest

from sparkwright.policy.language.read import read_policy

EIGHT = {"spark.executor.memory": {"max": "8g"}}


@pytest.mark.parametrize(
    ("text", "scope"),
    [
        ("| queue | executor memory |\n|---|---|\n| freight | max 8 GB |", {"queues": ["freight"]}),
        ("| field | value |\n|---|---|\n| team | ads |\n| executor memory | at most 8 GB |", {"teams": ["ads"]}),
        ("| Queue | freight |\n| Executor memory | max 8 GB |", {"queues": ["freight"]}),
        ("Queue\tfreight\nExecutor memory\tmax 8 GB", {"queues": ["freight"]}),
        ("**Queue:** freight\n**Executor memory:** max 8 GB", {"queues": ["freight"]}),
        ("- Queue: `freight`\n- Executor memory: max 8 GB", {"queues": ["freight"]}),
        ("Scope: queue freight\nRule: executor memory max 8 GB", {"queues": ["freight"]}),
        ("Applies to: queue freight\nexecutor memory <= 8g", {"queues": ["freight"]}),
        ("Applies to: team ads, team risk\nexecutor memory <= 8g", {"teams": ["ads", "risk"]}),
        ("Queue(s): freight, cargo. Executor memory at most 8 GB.", {"queues": ["freight", "cargo"]}),
        ("Team(s): freight. Executor memory at most 8 GB.", {"teams": ["freight"]}),
        ("queue -> freight; executor memory <= 8g", {"queues": ["freight"]}),
        ("Queue – freight\nExecutor memory – max 8 GB", {"queues": ["freight"]}),
        ("Queue = freight, executor memory = max 8 GB", {"queues": ["freight"]}),
        ("queue freight: executor memory max 8 GB", {"queues": ["freight"]}),
        ("[queue freight] executor memory max 8 GB", {"queues": ["freight"]}),
        ("(queue freight) executor memory max 8 GB", {"queues": ["freight"]}),
        ("freight queue - executor memory max 8 GB", {"queues": ["freight"]}),
        ("Queue name: freight. Executor memory max 8 GB.", {"queues": ["freight"]}),
        ("Name of the queue: freight. Executor memory max 8 GB.", {"queues": ["freight"]}),
        ("Who: team ads\nWhat: executor memory at most 8 GB", {"teams": ["ads"]}),
        ("Where: queue freight. What: executor memory at most 8 GB.", {"queues": ["freight"]}),
        ("For whom? Team ads. What? Executor memory at most 8 GB.", {"teams": ["ads"]}),
        ("User: mzhang | Executor memory: max 8 GB", {"users": ["mzhang"]}),
        ("platform: kubernetes; executor memory max 8 GB", {"platforms": ["kubernetes"]}),
        ("| Platform | YARN |\n| Executor memory | at most 8 GB |", {"platforms": ["yarn"]}),
        ("queue,freight\nexecutor memory,max 8 GB", {"queues": ["freight"]}),
        ("Executor memory may not exceed 8 GB. This is for team risk.", {"teams": ["risk"]}),
        ("Executor memory may not exceed 8 GB. It applies to team risk only.", {"teams": ["risk"]}),
        ("Executor memory may not exceed 8 GB. Queue freight only.", {"queues": ["freight"]}),
        ("Executor memory may not exceed 8 GB. The rule covers users ann and ben.", {"users": ["ann", "ben"]}),
        ("Executor memory may not exceed 8 GB. Affected: queue freight.", {"queues": ["freight"]}),
        ("Executor memory may not exceed 8 GB. Scope is team risk.", {"teams": ["risk"]}),
        ("Executor memory may not exceed 8 GB. That goes for the risk team.", {"teams": ["risk"]}),
        ("Executor memory may not exceed 8 GB (team risk).", {"teams": ["risk"]}),
        ("Team risk: executor memory may not exceed 8 GB.", {"teams": ["risk"]}),
        ("For user 'R&D' executors get at most 8 GB.", {"users": ["R&D"]}),
        ('For team "R&D" executors get at most 8 GB.', {"teams": ["R&D"]}),
        ("Queue alpha, beta may use executors with at most 8 GB.", {"queues": ["alpha", "beta"]}),
        ("Queues alpha, beta and gamma may use executors with at most 8 GB.", {"queues": ["alpha", "beta", "gamma"]}),
        ("Queues alpha / beta: executors at most 8 GB.", {"queues": ["alpha", "beta"]}),
        ("Queue alpha & beta: executors at most 8 GB.", {"queues": ["alpha", "beta"]}),
        ("Queue alpha or beta: executors at most 8 GB.", {"queues": ["alpha", "beta"]}),
        ("Both queue alpha and queue beta: executors at most 8 GB.", {"queues": ["alpha", "beta"]}),
        ("In the queues alpha and beta executors get at most 8 GB.", {"queues": ["alpha", "beta"]}),
        ("The alpha and beta queues: executors get at most 8 GB.", {"queues": ["alpha", "beta"]}),
        ("Teams alpha+beta: executors get at most 8 GB.", {"teams": ["alpha", "beta"]}),
        ("Queue 7 and 8: executors get at most 8 GB.", {"queues": ["7", "8"]}),
        ("Queues 7 and 8 get executors of at most 8 GB.", {"queues": ["7", "8"]}),
        ("Queue 7: executors get at most 8 GB.", {"queues": ["7"]}),
        ("Team 42 may use executors of at most 8 GB.", {"teams": ["42"]}),
        ("Users matching stud-* get at most 8 GB per executor.", {"users": ["stud-*"]}),
        ("Users whose login starts with stud- get at most 8 GB per executor.", {"users": ["stud-*"]}),
        ("All accounts that begin with stud- get at most 8 GB per executor.", {"users": ["stud-*"]}),
        ("Every queue whose name ends in _dev: executors at most 8 GB.", {"queues": ["*_dev"]}),
        ("Queues with 'test' in their name: executors at most 8 GB.", {"queues": ["*test*"]}),
        ("Everybody in team ads gets at most 8 GB per executor.", {"teams": ["ads"]}),
        ("Members of team ads get at most 8 GB per executor.", {"teams": ["ads"]}),
        ("The ads team's executors get at most 8 GB.", {"teams": ["ads"]}),
        ("Team ads' executors get at most 8 GB.", {"teams": ["ads"]}),
        ("User jdoe's executors get at most 8 GB.", {"users": ["jdoe"]}),
        ("executor memory max 8 GB @ queue freight", {"queues": ["freight"]}),
        ("executor memory max 8 GB for everything in freight queue", {"queues": ["freight"]}),
        ("Workload nightly_load: executors at most 8 GB.", {"workloads": ["nightly_load"]}),
        ("Job nightly_load: executors at most 8 GB.", {"workloads": ["nightly_load"]}),
        ("The nightly_load job gets at most 8 GB per executor.", {"workloads": ["nightly_load"]}),
        ("Workloads etl/*/load_*: executors at most 8 GB.", {"workloads": ["etl/*/load_*"]}),
        ("Jobs named nightly: executors at most 8 GB.", {"workloads": ["nightly"]}),
        ("The department Legal gets at most 8 GB per executor.", {"teams": ["Legal"]}),
        ("Login nodes are small, so executors get at most 8 GB.", {}),
        ("Executors get at most 8 GB. The login nodes are not for this.", {}),
        ("Notebook users starve each other, hence executors get at most 8 GB in queue nb.", {"queues": ["nb"]}),
        ("Users complain, so executors in queue nb get at most 8 GB.", {"queues": ["nb"]}),
        ("The users in accounting wait all day, hence queue nb: executors at most 8 GB.", {"queues": ["nb"]}),
        ("Interactive users sit in queue explore; executors there get at most 8 GB.", {"queues": ["explore"]}),
        ("The Customer's applications (user svc-acme) get at most 8 GB per executor.", {"users": ["svc-acme"]}),
        ("The Provider's jobs may not use more than 8 GB per executor.", {}),
        ("I look after the wave-picking jobs. In queue pick executors get at most 8 GB.", {"queues": ["pick"]}),
        ("Long-running jobs starve others. In queue pick executors get at most 8 GB.", {"queues": ["pick"]}),
        ("Our team lead wants it: executors at most 8 GB in queue pick.", {"queues": ["pick"]}),
        ("The queue manager kills jobs at night. Executors at most 8 GB.", {}),
        ("Teams compete for memory. In queue pick executors get at most 8 GB.", {"queues": ["pick"]}),
        ("The queue overflowed again; executors at most 8 GB.", {}),
        ("Our team grew, and executors may have at most 8 GB in queue pick.", {"queues": ["pick"]}),
        ("User names are not affected. Executors at most 8 GB.", {}),
        ("Because user mzhang ate 90 GB again: executor memory at most 8 GB for the whole cluster.", {}),
        ("After team risk took the cluster down, executors are limited to 8 GB for everybody.", {}),
        (
            "Incident of last week: user bob filled the disks. Executors in queue pick get at most 8 GB.",
            {"queues": ["pick"]},
        ),
        ("User bob asked for it: executors in queue pick get at most 8 GB.", {"queues": ["pick"]}),
        ("Team risk reported it. Executors in queue pick get at most 8 GB.", {"queues": ["pick"]}),
        ("As team platform we decided: executors in queue pick get at most 8 GB.", {"queues": ["pick"]}),
        ("Executors get at most 8 GB across all queues.", {}),
        ("Executors get at most 8 GB, whatever the queue or team.", {}),
        ("Executors get at most 8 GB for every user and every team.", {}),
        ("Executors get at most 8 GB for the whole cluster.", {}),
        ("Executors get at most 8 GB everywhere, no matter who runs it.", {}),
        ("The user guide says so: executors at most 8 GB.", {}),
        ("The service account is irrelevant: executors at most 8 GB.", {}),
        ("Queue freight, obligatory: executors at most 8 GB.", {"queues": ["freight"]}),
        (
            "Executors at most 8 GB for the workload container_matching, obligatory.",
            {"workloads": ["container_matching"]},
        ),
        ("Executors at most 8 GB for queue freight, effective immediately.", {"queues": ["freight"]}),
        ("Executors at most 8 GB for queue freight, please.", {"queues": ["freight"]}),
        ("Executors at most 8 GB for queue freight, thanks!", {"queues": ["freight"]}),
        ("Executors at most 8 GB in queue freight, approved by Petra.", {"queues": ["freight"]}),
        ("Executors at most 8 GB in queue freight, ok?", {"queues": ["freight"]}),
        ("On YARN executors get at most 8 GB.", {"platforms": ["yarn"]}),
        ("Executors get at most 8 GB (Kubernetes only).", {"platforms": ["kubernetes"]}),
        ("For k8s jobs: executors at most 8 GB.", {"platforms": ["kubernetes"]}),
        ("All groups share one YARN cluster. Team climate: executors at most 8 GB.", {"teams": ["climate"]}),
        ("We run a Kubernetes cluster with 40 nodes. Executors get at most 8 GB in queue pick.", {"queues": ["pick"]}),
        ("Since we moved to Kubernetes the nodes are small, so executors get at most 8 GB.", {}),
        ("Jobs running on Kubernetes get at most 8 GB per executor.", {"platforms": ["kubernetes"]}),
        ("In standalone mode executors get at most 8 GB.", {"platforms": ["standalone"]}),
        ("Whoever submits to YARN gets at most 8 GB per executor.", {"platforms": ["yarn"]}),
        (
            "Mon-Thu 18:00-23:00 and Fri 14:00-20:00, Europe/Prague: executors at most 8 GB.",
            {
                "windows": [
                    {
                        "days": ["mon", "tue", "wed", "thu"],
                        "start": "18:00",
                        "end": "23:00",
                        "timezone": "Europe/Prague",
                    },
                    {"days": ["fri"], "start": "14:00", "end": "20:00", "timezone": "Europe/Prague"},
                ]
            },
        ),
        (
            "Executors at most 8 GB Monday to Friday from 08:00 to 18:00 and Saturday from 09:00 to 13:00 (UTC).",
            {
                "windows": [
                    {"days": ["mon", "tue", "wed", "thu", "fri"], "start": "08:00", "end": "18:00", "timezone": "UTC"},
                    {"days": ["sat"], "start": "09:00", "end": "13:00", "timezone": "UTC"},
                ]
            },
        ),
        (
            "Executors at most 8 GB: weekdays 20:00-06:00, Sat + Sun all day, UTC.",
            {
                "windows": [
                    {"days": ["mon", "tue", "wed", "thu", "fri"], "start": "20:00", "end": "06:00", "timezone": "UTC"},
                    {"days": ["sat", "sun"], "timezone": "UTC"},
                ]
            },
        ),
        (
            "Weekdays 20:00-06:00 UTC and all day on weekends: executors at most 8 GB.",
            {
                "windows": [
                    {"days": ["mon", "tue", "wed", "thu", "fri"], "start": "20:00", "end": "06:00", "timezone": "UTC"},
                    {"days": ["sat", "sun"], "timezone": "UTC"},
                ]
            },
        ),
        (
            "At weekends and on weekdays from 20:00 to 06:00 (UTC) executors get at most 8 GB.",
            {
                "windows": [
                    {"days": ["sat", "sun"], "timezone": "UTC"},
                    {"days": ["mon", "tue", "wed", "thu", "fri"], "start": "20:00", "end": "06:00", "timezone": "UTC"},
                ]
            },
        ),
        (
            "Tue and Thu 10:00-12:00 UTC, Wed 14:00-16:00 UTC: executors at most 8 GB.",
            {
                "windows": [
                    {"days": ["tue", "thu"], "start": "10:00", "end": "12:00", "timezone": "UTC"},
                    {"days": ["wed"], "start": "14:00", "end": "16:00", "timezone": "UTC"},
                ]
            },
        ),
        (
            "08:00-12:00 and 13:00-17:00 UTC, Mon-Fri: executors at most 8 GB.",
            {
                "windows": [
                    {"days": ["mon", "tue", "wed", "thu", "fri"], "start": "08:00", "end": "12:00", "timezone": "UTC"},
                    {"days": ["mon", "tue", "wed", "thu", "fri"], "start": "13:00", "end": "17:00", "timezone": "UTC"},
                ]
            },
        ),
        (
            "Mon-Fri 08:00-12:00 and 13:00-17:00 UTC: executors at most 8 GB.",
            {
                "windows": [
                    {"days": ["mon", "tue", "wed", "thu", "fri"], "start": "08:00", "end": "12:00", "timezone": "UTC"},
                    {"days": ["mon", "tue", "wed", "thu", "fri"], "start": "13:00", "end": "17:00", "timezone": "UTC"},
                ]
            },
        ),
        (
            "Between 22:00 and 04:00 Dutch time executors get at most 8 GB.",
            {"windows": [{"start": "22:00", "end": "04:00", "timezone": "Europe/Amsterdam"}]},
        ),
        (
            "Between 22:00 and 04:00 (Amsterdam) executors get at most 8 GB.",
            {"windows": [{"start": "22:00", "end": "04:00", "timezone": "Europe/Amsterdam"}]},
        ),
        (
            "From 8 am to 6 pm in Vienna executors get at most 8 GB.",
            {"windows": [{"start": "08:00", "end": "18:00", "timezone": "Europe/Vienna"}]},
        ),
        (
            "From 8 am to 6 pm, time of Helsinki, executors get at most 8 GB.",
            {"windows": [{"start": "08:00", "end": "18:00", "timezone": "Europe/Helsinki"}]},
        ),
        (
            "08:00-18:00 Europe/Rome executors at most 8 GB",
            {"windows": [{"start": "08:00", "end": "18:00", "timezone": "Europe/Rome"}]},
        ),
        (
            "08:00-18:00 (time zone: Europe/Rome) executors at most 8 GB",
            {"windows": [{"start": "08:00", "end": "18:00", "timezone": "Europe/Rome"}]},
        ),
        (
            "08:00-18:00, Time zone Lisbon: executors at most 8 GB",
            {"windows": [{"start": "08:00", "end": "18:00", "timezone": "Europe/Lisbon"}]},
        ),
        ("Executors at most 8 GB on Sundays.", {"windows": [{"days": ["sun"]}]}),
        (
            "Executors at most 8 GB every Sunday from 02:00 to 05:00 UTC.",
            {"windows": [{"days": ["sun"], "start": "02:00", "end": "05:00", "timezone": "UTC"}]},
        ),
        (
            "Maintenance on Sundays 02:00-05:00 UTC: executors at most 8 GB in that time.",
            {"windows": [{"days": ["sun"], "start": "02:00", "end": "05:00", "timezone": "UTC"}]},
        ),
        (
            "During the maintenance window (Sun 02:00-05:00 UTC) executors get at most 8 GB.",
            {"windows": [{"days": ["sun"], "start": "02:00", "end": "05:00", "timezone": "UTC"}]},
        ),
        ("Executors get at most 8 GB, we lost a whole evening because of this.", {}),
        ("Executors get at most 8 GB. The list follows after the holidays.", {}),
        ("Executors get at most 8 GB. Last night the cluster died.", {}),
        ("Executors get at most 8 GB. We were up all night on Sunday.", {}),
        ("Executors get at most 8 GB. Decided in the meeting on Tuesday.", {}),
        ("Decided in Tuesday's meeting: executors get at most 8 GB.", {}),
        ("The platform meeting on Thursday at 14:00 decided that executors get at most 8 GB.", {}),
        ("Executors get at most 8 GB. See you on Thursday at 10:00.", {}),
        ("Executors get at most 8 GB. I will enter it on Monday morning.", {}),
        ("Please enter it by Friday: executors get at most 8 GB.", {}),
        ("Starting Monday executors get at most 8 GB.", {}),
        ("From next Monday on executors get at most 8 GB.", {}),
        ("From Monday executors get at most 8 GB.", {}),
        ("Effective Monday: executors get at most 8 GB.", {}),
        ("As discussed on Friday, executors get at most 8 GB.", {}),
        ("As agreed last Friday afternoon, executors get at most 8 GB.", {}),
        ("On Sunday the storefront was down. Executors get at most 8 GB.", {}),
        ("Black Friday taught us: executors get at most 8 GB.", {}),
        ("The night shift was called out twice, so executors get at most 8 GB.", {}),
        ("People forget sessions over lunch, so executors get at most 8 GB.", {}),
        ("Executors get at most 8 GB. Bob goes on holiday soon.", {}),
        ("Somebody filled the disks again, so executors get at most 8 GB.", {}),
        ("Executors get at most 8 GB. Some people still try 64.", {}),
        ("Executors get at most 8 GB, some teams asked for it.", {}),
        ("Executors get at most 8 GB. Other queues are not affected.", {}),
        ("Queue pick: executors get at most 8 GB. Other teams do as they please.", {"queues": ["pick"]}),
        ("Executors in queue pick get at most 8 GB. Nothing changes for all other queues.", {"queues": ["pick"]}),
        ("| Team | Max executor memory |\n|------|------|\n| risk | 8 GB |", {"teams": ["risk"]}),
        (
            "| setting | limit |\n|:--|--:|\n| spark.executor.memory | max 8g |\n\nApplies to queue freight.",
            {"queues": ["freight"]},
        ),
        (
            "| What | Value |\n| --- | --- |\n| Queue | freight, cargo |\n| Executor memory | at most 8 GB |",
            {"queues": ["freight", "cargo"]},
        ),
        ("| User | svc_etl |\n| Memory per executor | 8 GB max |", {"users": ["svc_etl"]}),
        ("| Workload | daily_load |\n|---|---|\n| Executor memory | max 8 GB |", {"workloads": ["daily_load"]}),
        ("| Platform | Executor memory |\n|---|---|\n| YARN | max 8 GB |", {"platforms": ["yarn"]}),
        (
            "| Queue | Hours | Executor memory |\n|---|---|---|\n| freight | 08:00-18:00 UTC | max 8 GB |",
            {"queues": ["freight"], "windows": [{"start": "08:00", "end": "18:00", "timezone": "UTC"}]},
        ),
        ("Policy form\nName of queue: freight\nMaximum executor memory: 8 GB", {"queues": ["freight"]}),
        ("Queue:freight Executor memory: max 8 GB", {"queues": ["freight"]}),
        ("queue: [freight, cargo]\nexecutor memory: max 8 GB", {"queues": ["freight", "cargo"]}),
        ("Queues:\n- freight\n- cargo\nExecutor memory: at most 8 GB", {"queues": ["freight", "cargo"]}),
        ("Teams affected: risk, ads. Executor memory at most 8 GB.", {"teams": ["risk", "ads"]}),
        ("Affected teams: risk and ads. Executor memory at most 8 GB.", {"teams": ["risk", "ads"]}),
        ("Affected queue: freight; executor memory at most 8 GB", {"queues": ["freight"]}),
        ("Target queue: freight. Executor memory at most 8 GB.", {"queues": ["freight"]}),
        ("In scope: team risk. Executor memory at most 8 GB.", {"teams": ["risk"]}),
        ("For: queue freight. Executor memory at most 8 GB.", {"queues": ["freight"]}),
        ("Warteschlange: freight\nExecutor-Speicher: höchstens 8 GB", {"queues": ["freight"]}),
        ("File : freight\nMémoire des exécuteurs : 8 Go au plus", {"queues": ["freight"]}),
        ("Cola: freight\nMemoria de los ejecutores: 8 GB como máximo", {"queues": ["freight"]}),
        ("Équipe : risque. Mémoire par exécuteur : 8 Go maximum.", {"teams": ["risque"]}),
        ("queue=freight executor.memory<=8g", {"queues": ["freight"]}),
        ("queue==freight && executor memory <= 8g", {"queues": ["freight"]}),
        ("if queue == 'freight': executor memory <= 8g", {"queues": ["freight"]}),
        ("scope.queues = freight; executor memory <= 8g", {"queues": ["freight"]}),
        ('queue "freight" - executor memory at most 8 GB', {"queues": ["freight"]}),
        ("queue `freight`, team `risk`: executor memory at most 8 GB", {"queues": ["freight"], "teams": ["risk"]}),
        ("Nobody in team risk may have executors of more than 8 GB.", {"teams": ["risk"]}),
        ("Whoever works in queue freight gets at most 8 GB per executor.", {"queues": ["freight"]}),
        ("Anything submitted by user bob: executors at most 8 GB.", {"users": ["bob"]}),
        ("Anything that bob (user) submits: executors at most 8 GB.", {"users": ["bob"]}),
        (
            "Runs in queue freight by users ann and bob: executors at most 8 GB.",
            {"queues": ["freight"], "users": ["ann", "bob"]},
        ),
        ("Applications owned by team risk may have executors of at most 8 GB.", {"teams": ["risk"]}),
        ("The people of team risk get at most 8 GB per executor.", {"teams": ["risk"]}),
        ("Colleagues from team risk get at most 8 GB per executor.", {"teams": ["risk"]}),
        ("Our friends in team risk get at most 8 GB per executor.", {"teams": ["risk"]}),
        ("Team risk's jobs get at most 8 GB per executor.", {"teams": ["risk"]}),
        ("Jobs of team risk get at most 8 GB per executor.", {"teams": ["risk"]}),
        ("Jobs that run in queue freight get at most 8 GB per executor.", {"queues": ["freight"]}),
        ("Executors of the freight queue get at most 8 GB.", {"queues": ["freight"]}),
        ("Executors of the queue named freight get at most 8 GB.", {"queues": ["freight"]}),
        ("Executors of the queue called freight get at most 8 GB.", {"queues": ["freight"]}),
        ('Executors of the queue "freight" get at most 8 GB.', {"queues": ["freight"]}),
        ("Executors of freight (the queue) get at most 8 GB.", {"queues": ["freight"]}),
        ("Executors in root.prod.etl get at most 8 GB.", {"queues": ["root.prod.etl"]}),
        ("Executors in queues root.prod.* get at most 8 GB.", {"queues": ["root.prod.*"]}),
        ("Executors of users alice, bob, and carol get at most 8 GB.", {"users": ["alice", "bob", "carol"]}),
        ("Executors of users alice, bob & carol get at most 8 GB.", {"users": ["alice", "bob", "carol"]}),
        ("Executors of user alice and user bob get at most 8 GB.", {"users": ["alice", "bob"]}),
        ("Executors of user alice, user bob and user carol get at most 8 GB.", {"users": ["alice", "bob", "carol"]}),
        ("Executors of users alice/bob get at most 8 GB.", {"users": ["alice", "bob"]}),
        (
            "Executors of queues alpha, beta and gamma, which belong to risk, get at most 8 GB.",
            {"queues": ["alpha", "beta", "gamma"]},
        ),
        ("Queues alpha and beta (both of them) get executors of at most 8 GB.", {"queues": ["alpha", "beta"]}),
        ("Either of the queues alpha and beta: executors at most 8 GB.", {"queues": ["alpha", "beta"]}),
        ("The teams risk, ads and ops may use at most 8 GB per executor.", {"teams": ["risk", "ads", "ops"]}),
        ("Teams risk, ads, ops: at most 8 GB per executor.", {"teams": ["risk", "ads", "ops"]}),
        ("All queues starting with dev- or test-: executors at most 8 GB.", {"queues": ["dev-*", "test-*"]}),
        ("All users ending in -ext: executors at most 8 GB.", {"users": ["*-ext"]}),
        ("Users of the form ext_*: executors at most 8 GB.", {"users": ["ext_*"]}),
        ("Users like ext_* get at most 8 GB per executor.", {"users": ["ext_*"]}),
        ("ext_* users get at most 8 GB per executor.", {"users": ["ext_*"]}),
        ("the dev-* queues: executors at most 8 GB", {"queues": ["dev-*"]}),
        ("Contractors (users ext_*) get at most 8 GB per executor.", {"users": ["ext_*"]}),
        ("Contractors, i.e. users matching ext_*, get at most 8 GB per executor.", {"users": ["ext_*"]}),
        ("Contractors' accounts (ext_*) get at most 8 GB per executor.", {"users": ["ext_*"]}),
        ("Queue Freight gets executors of at most 8 GB.", {"queues": ["Freight"]}),
        ("Team 'Data Platform' may use at most 8 GB per executor.", {"teams": ["Data Platform"]}),
        ("User j.doe@corp.example may use at most 8 GB per executor.", {"users": ["j.doe@corp.example"]}),
        ("The service account svc_etl may use at most 8 GB per executor.", {"users": ["svc_etl"]}),
        ("Service accounts svc_etl and svc_ml may use at most 8 GB per executor.", {"users": ["svc_etl", "svc_ml"]}),
        ("The technical user svc_etl may use at most 8 GB per executor.", {"users": ["svc_etl"]}),
        (
            "The nightly_load and weekly_load jobs: executors at most 8 GB.",
            {"workloads": ["nightly_load", "weekly_load"]},
        ),
        ("The pipeline churn: executors at most 8 GB.", {"workloads": ["churn"]}),
        ("Workload 'Daily Load': executors at most 8 GB.", {"workloads": ["Daily Load"]}),
        ("The user experience suffers. Executors at most 8 GB in queue pick.", {"queues": ["pick"]}),
        ("Users keep asking for more, but executors in queue pick get at most 8 GB.", {"queues": ["pick"]}),
        ("Users of queue pick get at most 8 GB per executor.", {"queues": ["pick"]}),
        ("The teams working in queue pick get at most 8 GB per executor.", {"queues": ["pick"]}),
        ("Team leads must see to it: executors at most 8 GB.", {}),
        ("Group policy: executors at most 8 GB.", {}),
        ("Account managers were informed. Executors at most 8 GB.", {}),
        ("Streaming workloads are important. Executors at most 8 GB in queue pick.", {"queues": ["pick"]}),
        ("The long-running pipelines block others, so executors in queue pick get at most 8 GB.", {"queues": ["pick"]}),
        ("The ad-hoc jobs block others, so executors in queue pick get at most 8 GB.", {"queues": ["pick"]}),
        ("Spark users get at most 8 GB per executor.", {}),
        ("Cluster users get at most 8 GB per executor.", {}),
        ("All teams get at most 8 GB per executor.", {}),
        ("Every team, without exception, gets at most 8 GB per executor.", {}),
        ("No user gets more than 8 GB per executor.", {}),
        ("No team may have executors over 8 GB.", {}),
        ("Users may have at most 8 GB per executor.", {}),
        ("Teams may have at most 8 GB per executor.", {}),
        ("Regardless of team or user, executors get at most 8 GB.", {}),
        ("This holds for all queues: executors at most 8 GB.", {}),
        ("Executors get at most 8 GB in all queues and for all users.", {}),
        ("The owner of queue pick (Marta) asked for this: executors at most 8 GB there.", {"queues": ["pick"]}),
        ("Marta from team risk asked for this. Queue pick: executors at most 8 GB.", {"queues": ["pick"]}),
        ("On behalf of team risk I ask for this: executors in queue pick at most 8 GB.", {"queues": ["pick"]}),
        ("Requested by: user marta\nQueue: pick\nExecutor memory: max 8 GB", {"queues": ["pick"]}),
        ("Requester: team risk. Queue pick: executors at most 8 GB.", {"queues": ["pick"]}),
        ("Approved by team risk. Queue pick: executors at most 8 GB.", {"queues": ["pick"]}),
        ("Contact: user marta. Queue pick: executors at most 8 GB.", {"queues": ["pick"]}),
        ("Questions go to team platform. Queue pick: executors at most 8 GB.", {"queues": ["pick"]}),
        ("cc team risk. Queue pick: executors at most 8 GB.", {"queues": ["pick"]}),
        (
            "Please talk to team platform if you need more. In queue pick executors get at most 8 GB.",
            {"queues": ["pick"]},
        ),
        ("Exceptions are granted by team platform. In queue pick executors get at most 8 GB.", {"queues": ["pick"]}),
        ("Team platform will enforce it: in queue pick executors get at most 8 GB.", {"queues": ["pick"]}),
        ("Team platform enforces that executors in queue pick get at most 8 GB.", {"queues": ["pick"]}),
        ("Signed, team platform. In queue pick executors get at most 8 GB.", {"queues": ["pick"]}),
        ("In queue pick executors get at most 8 GB. Regards, team platform", {"queues": ["pick"]}),
        ("In queue pick executors get at most 8 GB.\n-- team platform", {"queues": ["pick"]}),
        ("In queue pick executors get at most 8 GB, as user bob filled the disks.", {"queues": ["pick"]}),
        ("In queue pick executors get at most 8 GB after what user bob did on Sunday.", {"queues": ["pick"]}),
        ("Since user bob took 90 GB last week, executors in queue pick get at most 8 GB.", {"queues": ["pick"]}),
        ("Executors in queue pick get at most 8 GB (user bob had 90 GB).", {"queues": ["pick"]}),
        ("Kubernetes: executors at most 8 GB.", {"platforms": ["kubernetes"]}),
        ("Executors on yarn/k8s: at most 8 GB.", {"platforms": ["yarn", "kubernetes"]}),
        ("Executors get at most 8 GB on both YARN and Kubernetes.", {"platforms": ["yarn", "kubernetes"]}),
        ("Our Kubernetes cluster is small, so executors get at most 8 GB there.", {"platforms": ["kubernetes"]}),
        ("Executors running in YARN containers get at most 8 GB.", {"platforms": ["yarn"]}),
        ("The cluster (YARN, 40 nodes) is full; in queue pick executors get at most 8 GB.", {"queues": ["pick"]}),
        (
            "When we migrated from YARN to Kubernetes, queue pick grew. Executors there get at most 8 GB.",
            {"queues": ["pick"]},
        ),
        ("For local runs executors get at most 8 GB.", {"platforms": ["local"]}),
        (
            "Executors at most 8 GB Mon-Fri 07-19h Berlin time.",
            {
                "windows": [
                    {
                        "days": ["mon", "tue", "wed", "thu", "fri"],
                        "start": "07:00",
                        "end": "19:00",
                        "timezone": "Europe/Berlin",
                    }
                ]
            },
        ),
        (
            "Executors at most 8 GB on weekdays 9am-5pm (London).",
            {
                "windows": [
                    {
                        "days": ["mon", "tue", "wed", "thu", "fri"],
                        "start": "09:00",
                        "end": "17:00",
                        "timezone": "Europe/London",
                    }
                ]
            },
        ),
        (
            "Executors at most 8 GB from Monday to Friday, 7 am to 7 pm, Berlin time.",
            {
                "windows": [
                    {
                        "days": ["mon", "tue", "wed", "thu", "fri"],
                        "start": "07:00",
                        "end": "19:00",
                        "timezone": "Europe/Berlin",
                    }
                ]
            },
        ),
        ("Executors at most 8 GB on Saturdays and Sundays.", {"windows": [{"days": ["sat", "sun"]}]}),
        ("Executors at most 8 GB at weekends.", {"windows": [{"days": ["sat", "sun"]}]}),
        ("Weekends only: executors at most 8 GB.", {"windows": [{"days": ["sat", "sun"]}]}),
        (
            "Executors at most 8 GB, Tuesdays 10:00-12:00 Paris time and Thursdays 14:00-16:00 Paris time.",
            {
                "windows": [
                    {"days": ["tue"], "start": "10:00", "end": "12:00", "timezone": "Europe/Paris"},
                    {"days": ["thu"], "start": "14:00", "end": "16:00", "timezone": "Europe/Paris"},
                ]
            },
        ),
        (
            "Executors at most 8 GB: 10:00-12:00 on Tuesdays, 14:00-16:00 on Thursdays (UTC).",
            {
                "windows": [
                    {"days": ["tue"], "start": "10:00", "end": "12:00", "timezone": "UTC"},
                    {"days": ["thu"], "start": "14:00", "end": "16:00", "timezone": "UTC"},
                ]
            },
        ),
        (
            "Windows:\n- Mon-Fri 08:00-18:00 UTC\n- Sat 10:00-14:00 UTC\nExecutors at most 8 GB.",
            {
                "windows": [
                    {"days": ["mon", "tue", "wed", "thu", "fri"], "start": "08:00", "end": "18:00", "timezone": "UTC"},
                    {"days": ["sat"], "start": "10:00", "end": "14:00", "timezone": "UTC"},
                ]
            },
        ),
        (
            "Mo-Fr 8-18 Uhr und Sa 10-14 Uhr deutscher Zeit: Executor-Speicher höchstens 8 GB.",
            {
                "windows": [
                    {
                        "days": ["mon", "tue", "wed", "thu", "fri"],
                        "start": "08:00",
                        "end": "18:00",
                        "timezone": "Europe/Berlin",
                    },
                    {"days": ["sat"], "start": "10:00", "end": "14:00", "timezone": "Europe/Berlin"},
                ]
            },
        ),
        (
            "Du lundi au vendredi de 8h à 18h et le samedi de 10h à 14h, heure de Paris : exécuteurs 8 Go au plus.",
            {
                "windows": [
                    {
                        "days": ["mon", "tue", "wed", "thu", "fri"],
                        "start": "08:00",
                        "end": "18:00",
                        "timezone": "Europe/Paris",
                    },
                    {"days": ["sat"], "start": "10:00", "end": "14:00", "timezone": "Europe/Paris"},
                ]
            },
        ),
        (
            "Weekdays from 18:00 to 08:00 and the entire weekend, Rome time: executors at most 8 GB.",
            {
                "windows": [
                    {
                        "days": ["mon", "tue", "wed", "thu", "fri"],
                        "start": "18:00",
                        "end": "08:00",
                        "timezone": "Europe/Rome",
                    },
                    {"days": ["sat", "sun"], "timezone": "Europe/Rome"},
                ]
            },
        ),
        (
            "From Friday 18:00 to Monday 06:00 UTC executors get at most 8 GB.",
            {
                "windows": [
                    {"days": ["fri"], "start": "18:00", "end": "00:00", "timezone": "UTC"},
                    {"days": ["sat", "sun"], "timezone": "UTC"},
                    {"days": ["mon"], "start": "00:00", "end": "06:00", "timezone": "UTC"},
                ]
            },
        ),
        (
            "After 22:00 UTC executors get at most 8 GB.",
            {"windows": [{"start": "22:00", "end": "00:00", "timezone": "UTC"}]},
        ),
        (
            "Daily 01:00-03:00 UTC: executors at most 8 GB.",
            {"windows": [{"start": "01:00", "end": "03:00", "timezone": "UTC"}]},
        ),
        (
            "Every day between 1 and 3 am UTC executors get at most 8 GB.",
            {"windows": [{"start": "01:00", "end": "03:00", "timezone": "UTC"}]},
        ),
        (
            "Executors at most 8 GB between 08:00 and 18:00 in the time zone America/Chicago.",
            {"windows": [{"start": "08:00", "end": "18:00", "timezone": "America/Chicago"}]},
        ),
        (
            "Executors at most 8 GB between 08:00 and 18:00, local time in Chicago.",
            {"windows": [{"start": "08:00", "end": "18:00", "timezone": "America/Chicago"}]},
        ),
        (
            "Executors at most 8 GB between 08:00 and 18:00 Chicago local time.",
            {"windows": [{"start": "08:00", "end": "18:00", "timezone": "America/Chicago"}]},
        ),
        (
            "Executors at most 8 GB between 08:00 and 18:00 Japan time.",
            {"windows": [{"start": "08:00", "end": "18:00", "timezone": "Asia/Tokyo"}]},
        ),
        (
            "Executors at most 8 GB between 08:00 and 18:00 Brazilian time.",
            {"windows": [{"start": "08:00", "end": "18:00", "timezone": "America/Sao_Paulo"}]},
        ),
        (
            "Executors at most 8 GB between 08:00 and 18:00 Polish time.",
            {"windows": [{"start": "08:00", "end": "18:00", "timezone": "Europe/Warsaw"}]},
        ),
        (
            "Executors at most 8 GB between 08:00 and 18:00 Belgian time.",
            {"windows": [{"start": "08:00", "end": "18:00", "timezone": "Europe/Brussels"}]},
        ),
        (
            "Executors at most 8 GB between 08:00 and 18:00 (Warsaw).",
            {"windows": [{"start": "08:00", "end": "18:00", "timezone": "Europe/Warsaw"}]},
        ),
        (
            "Executors at most 8 GB between 08:00 and 18:00 Nairobi time.",
            {"windows": [{"start": "08:00", "end": "18:00", "timezone": "Africa/Nairobi"}]},
        ),
        ("We meet every Tuesday at 10:00. Executors get at most 8 GB.", {}),
        ("The outage on Monday cost us two hours, so executors get at most 8 GB.", {}),
        ("Executors get at most 8 GB. Let us talk on Thursday.", {}),
        ("Executors get at most 8 GB. Deadline is Friday.", {}),
        ("Executors get at most 8 GB, to be rolled out on Monday.", {}),
        ("We roll this out on Monday: executors get at most 8 GB.", {}),
        ("This goes live on Monday. Executors get at most 8 GB.", {}),
        ("Takes effect on Monday: executors get at most 8 GB.", {}),
        ("In force from Monday. Executors get at most 8 GB.", {}),
        ("Sent on Friday evening from my phone: executors get at most 8 GB.", {}),
        ("Good morning! Executors get at most 8 GB.", {}),
        ("Good evening everyone, executors get at most 8 GB.", {}),
        ("Have a nice weekend! Executors get at most 8 GB.", {}),
        ("Executors get at most 8 GB. Happy Friday!", {}),
        ("Executors get at most 8 GB. Enjoy the evening.", {}),
        ("After a bad night we decided: executors get at most 8 GB.", {}),
        ("I spent my weekend on this: executors get at most 8 GB.", {}),
        ("This morning the driver died. Executors get at most 8 GB.", {}),
        ("Early this morning the disks were full; executors get at most 8 GB.", {}),
        ("Executors get at most 8 GB. Details will follow later.", {}),
        ("Executors get at most 8 GB. I will explain in the afternoon.", {}),
        ("Executors get at most 8 GB. The report comes soon.", {}),
        ("Executors get at most 8 GB. Someone from the night shift reported it.", {}),
        ("Executors get at most 8 GB, sooner or later someone would fill the disks.", {}),
        ("Nightly jobs fail in the mornings, hence executors get at most 8 GB.", {}),
        ("Executors get at most 8 GB. Somebody please check.", {}),
        ("Can somebody enter this? Executors get at most 8 GB.", {}),
        ("Executors get at most 8 GB. Some users will complain.", {}),
        ("Executors get at most 8 GB. I know that many teams want more.", {}),
        ("Executors get at most 8 GB. Most teams are far below that.", {}),
        ("Executors get at most 8 GB. Several teams have asked for 16.", {}),
        ("Executors get at most 8 GB. The other queues stay as they are.", {}),
        ("Executors in queue pick get at most 8 GB; other users keep what they have.", {"queues": ["pick"]}),
        ("Executors at most 8 GB - that's the most all teams called research-* can have.", {"teams": ["research-*"]}),
        (
            "Mémoire des exécuteurs : 8 Go au plus dans toutes les files dont le nom commence par « stream- ».",
            {"queues": ["stream-*"]},
        ),
        ("For everything alice.w runs (she is the user): executors at most 8 GB.", {"users": ["alice.w"]}),
        (
            "Hi all,\n\nafter the incident on Monday night (queue adhoc ate the whole cluster, user "
            "tmeyer again) Petra and I sat down with team ops. Result: executors get at most 8 GB in "
            "queue adhoc. We start on Wednesday.\n\nBest\nJon",
            {"queues": ["adhoc"]},
        ),
        (
            "Ticket DATA-99, reporter: user anna. Problem: queue reports was stuck for the whole "
            "weekend. Fix: executors in queue reports may have at most 8 GB.",
            {"queues": ["reports"]},
        ),
        (
            "Dear colleagues, as you know, the finance people close their books at night. Executors "
            "therefore get at most 8 GB.",
            {},
        ),
        (
            "Team ml had executors of 64 GB and team bi starved. We talked to both. Executors in queue "
            "shared get at most 8 GB from now on.",
            {"queues": ["shared"]},
        ),
        ("The bi people complained about the ml people. Executors get at most 8 GB for everybody.", {}),
        (
            "Someone on the night shift killed queue etl at 3 am. So: executors in queue etl at most 8 GB.",
            {"queues": ["etl"]},
        ),
        (
            "Context: we share the Hadoop cluster with two other departments. Rule: executors of team "
            "radar at most 8 GB.",
            {"teams": ["radar"]},
        ),
        (
            "PR: cap executors of team radar at 8 GB\n\nWhy: on Tuesday user kim brought down two nodes "
            "during lunch.\nRollback: revert on Friday if the team complains.",
            {"teams": ["radar"]},
        ),
        (
            "Minutes, item 3: team radar reports that queue radar-batch is full every Monday. "
            "Decision: executors in queue radar-batch get at most 8 GB.",
            {"queues": ["radar-batch"]},
        ),
        ("Proposal by team platform: executors at most 8 GB in the queues a1 and a2.", {"queues": ["a1", "a2"]}),
        ("Following a request from user lena, executors in queue lab get at most 8 GB.", {"queues": ["lab"]}),
        ("The client (ACME) insists: executors of user acme-svc at most 8 GB.", {"users": ["acme-svc"]}),
        (
            "We tested it with user demo in queue sandbox. It works. Executors get at most 8 GB on YARN.",
            {"platforms": ["yarn"]},
        ),
        ("Executors get at most 8 GB in queue lab. It worked well for team ml, too.", {"queues": ["lab"]}),
        ("FYI @all: executors max 8 GB, queue lab only, ask Tom if unclear", {"queues": ["lab"]}),
        (
            "hey can you pls make it so that executors in queue lab don't get more than 8 GB? user joe "
            "took everything yesterday night",
            {"queues": ["lab"]},
        ),
        ("executors in lab (queue) max 8 GB. tomorrow morning at the latest pls", {"queues": ["lab"]}),
        (
            "From Monday on, executors of the lab queue get at most 8 GB; until Sunday nothing changes.",
            {"queues": ["lab"]},
        ),
        ("As of 1 March executors of team lab get at most 8 GB.", {"teams": ["lab"]}),
        ("During our Thursday call we decided on at most 8 GB per executor for team lab.", {"teams": ["lab"]}),
        ("Weekend on-call says: executors at most 8 GB in queue lab.", {"queues": ["lab"]}),
        ("The weekend was bad. Executors at most 8 GB in queue lab.", {"queues": ["lab"]}),
        ("Holiday season is coming. Executors at most 8 GB in queue lab.", {"queues": ["lab"]}),
        ("Summer interns arrive in June, so executors at most 8 GB for users intern*.", {"users": ["intern*"]}),
        ("Our night batch needs room. Executors at most 8 GB in queue lab.", {"queues": ["lab"]}),
        ("Business hours are sacred, people say. Executors at most 8 GB in queue lab.", {"queues": ["lab"]}),
        ("Nach dem Ausfall am Montag gilt: Executoren in der Queue lab bekommen höchstens 8 GB.", {"queues": ["lab"]}),
        (
            "Das Team Vertrieb hat sich beschwert. Executoren in der Queue lab bekommen höchstens 8 GB.",
            {"queues": ["lab"]},
        ),
        ("Executoren dürfen höchstens 8 GB haben. Das gilt nur für das Team Vertrieb.", {"teams": ["Vertrieb"]}),
        ("Executoren dürfen höchstens 8 GB haben, und zwar für die Benutzer anna und ben.", {"users": ["anna", "ben"]}),
        ("Für alle Benutzer, die mit ext_ beginnen: Executoren höchstens 8 GB.", {"users": ["ext_*"]}),
        (
            "Wochentags von 8 bis 18 Uhr (Wien) dürfen Executoren höchstens 8 GB haben.",
            {
                "windows": [
                    {
                        "days": ["mon", "tue", "wed", "thu", "fri"],
                        "start": "08:00",
                        "end": "18:00",
                        "timezone": "Europe/Vienna",
                    }
                ]
            },
        ),
        ("Samstags und sonntags dürfen Executoren höchstens 8 GB haben.", {"windows": [{"days": ["sat", "sun"]}]}),
        ("Schönes Wochenende! Executoren höchstens 8 GB.", {}),
        ("Suite à la panne de mardi, les exécuteurs de la file labo ont 8 Go au maximum.", {"queues": ["labo"]}),
        ("Les exécuteurs ont 8 Go au plus. Cela vaut pour l'équipe risque.", {"teams": ["risque"]}),
        ("Le week-end, les exécuteurs ont 8 Go au plus.", {"windows": [{"days": ["sat", "sun"]}]}),
        ("Pour les utilisateurs anne et bruno : exécuteurs 8 Go au plus.", {"users": ["anne", "bruno"]}),
        ("Tras la caída del lunes, los ejecutores de la cola lab tienen 8 GB como máximo.", {"queues": ["lab"]}),
        ("Los ejecutores tienen 8 GB como máximo. Esto vale para el equipo riesgo.", {"teams": ["riesgo"]}),
        ("Los fines de semana los ejecutores tienen 8 GB como máximo.", {"windows": [{"days": ["sat", "sun"]}]}),
        ("Para los usuarios ana y beto: ejecutores 8 GB como máximo.", {"users": ["ana", "beto"]}),
        ("Executors in wachtrij lab krijgen hoogstens 8 GB.", {"queues": ["lab"]}),
        ("queue:lab team:ml executors <= 8 GB", {"queues": ["lab"], "teams": ["ml"]}),
        ("Scope -> team ml, queue lab. Limit -> executors at most 8 GB.", {"queues": ["lab"], "teams": ["ml"]}),
        ("Who? User bob. Where? Queue lab. What? Executors at most 8 GB.", {"queues": ["lab"], "users": ["bob"]}),
        ("Subject: cap for queue lab\n\nExecutors get at most 8 GB.", {"queues": ["lab"]}),
        ("Subject: queue lab\n\nplease cap executors at 8 GB.", {"queues": ["lab"]}),
        ("Re: team ml -- executors at most 8 GB please", {"teams": ["ml"]}),
        ("lab queue, ml team: executors at most 8 GB", {"queues": ["lab"], "teams": ["ml"]}),
        ("executors at most 8 GB: queue lab, queue dev, team ml", {"queues": ["lab", "dev"], "teams": ["ml"]}),
        ("In both the lab queue and the dev queue executors get at most 8 GB.", {"queues": ["lab", "dev"]}),
        ("In the lab and dev queues executors get at most 8 GB.", {"queues": ["lab", "dev"]}),
        ("Anyone on the ml team gets at most 8 GB per executor.", {"teams": ["ml"]}),
        ("Everyone in the ml and bi teams gets at most 8 GB per executor.", {"teams": ["ml", "bi"]}),
        ("Executors belonging to the ml team get at most 8 GB.", {"teams": ["ml"]}),
        ("Whatever team ml submits: executors at most 8 GB.", {"teams": ["ml"]}),
        ("Jobs from team ml and jobs from team bi: executors at most 8 GB.", {"teams": ["ml", "bi"]}),
        ("The squad checkout gets at most 8 GB per executor.", {"teams": ["checkout"]}),
        ("Group analytics-core gets at most 8 GB per executor.", {"teams": ["analytics-core"]}),
        ("Namespace spark-prod: executors at most 8 GB.", {"queues": ["spark-prod"]}),
        ("In pool gold executors get at most 8 GB.", {"queues": ["gold"]}),
        ("User ID svc_x: executors at most 8 GB.", {"users": ["svc_x"]}),
        ("Users with the prefix ext_: executors at most 8 GB.", {"users": ["ext_*"]}),
        ("Users with prefix ext_: executors at most 8 GB.", {"users": ["ext_*"]}),
        ("Queue names starting with dev: executors at most 8 GB.", {"queues": ["dev*"]}),
        ("Anything in a queue that starts with dev-: executors at most 8 GB.", {"queues": ["dev-*"]}),
        ("Any queue ending with -test: executors at most 8 GB.", {"queues": ["*-test"]}),
        ("Any workload whose id contains backfill: executors at most 8 GB.", {"workloads": ["*backfill*"]}),
        ("Workload prod/etl_user/daily gets at most 8 GB per executor.", {"workloads": ["prod/etl_user/daily"]}),
        ("Job daily_sales may have executors of at most 8 GB.", {"workloads": ["daily_sales"]}),
        ("The job called daily-sales gets executors of at most 8 GB.", {"workloads": ["daily-sales"]}),
        (
            "The jobs daily_sales and weekly_sales get executors of at most 8 GB.",
            {"workloads": ["daily_sales", "weekly_sales"]},
        ),
        ("Pipeline 'daily sales': executors at most 8 GB.", {"workloads": ["daily sales"]}),
        (
            "Executors at most 8 GB, Mon + Wed 8-18 UTC.",
            {"windows": [{"days": ["mon", "wed"], "start": "08:00", "end": "18:00", "timezone": "UTC"}]},
        ),
        ("Executors at most 8 GB on Mondays, Wednesdays and Fridays.", {"windows": [{"days": ["mon", "wed", "fri"]}]}),
        ("Executors at most 8 GB on the weekend (UTC).", {"windows": [{"days": ["sat", "sun"], "timezone": "UTC"}]}),
        (
            "Executors at most 8 GB from 22:00 until 06:00 the next morning, Madrid time.",
            {"windows": [{"start": "22:00", "end": "06:00", "timezone": "Europe/Madrid"}]},
        ),
        (
            "Executors at most 8 GB between 10pm and 6am Sydney time.",
            {"windows": [{"start": "22:00", "end": "06:00", "timezone": "Australia/Sydney"}]},
        ),
        ("Executors at most 8 GB 0800-1800 UTC.", {"windows": [{"start": "08:00", "end": "18:00", "timezone": "UTC"}]}),
        (
            "Executors at most 8 GB between 08.00 and 18.00 Swedish time.",
            {"windows": [{"start": "08:00", "end": "18:00", "timezone": "Europe/Stockholm"}]},
        ),
        (
            "Time zone Europe/Oslo. Mon-Fri 08:00-16:00. Executors at most 8 GB.",
            {
                "windows": [
                    {
                        "days": ["mon", "tue", "wed", "thu", "fri"],
                        "start": "08:00",
                        "end": "16:00",
                        "timezone": "Europe/Oslo",
                    }
                ]
            },
        ),
        (
            "Hours: 08:00 - 16:00\nDays: Mon-Fri\nTime zone: Europe/Oslo\nExecutors: at most 8 GB",
            {
                "windows": [
                    {
                        "days": ["mon", "tue", "wed", "thu", "fri"],
                        "start": "08:00",
                        "end": "16:00",
                        "timezone": "Europe/Oslo",
                    }
                ]
            },
        ),
        (
            "Hours: 08:00 to 16:00, weekdays, Oslo\nExecutors: at most 8 GB",
            {
                "windows": [
                    {
                        "days": ["mon", "tue", "wed", "thu", "fri"],
                        "start": "08:00",
                        "end": "16:00",
                        "timezone": "Europe/Oslo",
                    }
                ]
            },
        ),
        (
            "| When | Mon-Fri 08:00-16:00 Europe/Oslo |\n| Executor memory | max 8 GB |",
            {
                "windows": [
                    {
                        "days": ["mon", "tue", "wed", "thu", "fri"],
                        "start": "08:00",
                        "end": "16:00",
                        "timezone": "Europe/Oslo",
                    }
                ]
            },
        ),
        (
            "Executors at most 8 GB until noon UTC.",
            {"windows": [{"start": "00:00", "end": "12:00", "timezone": "UTC"}]},
        ),
        (
            "Executors at most 8 GB Friday from 18:00 on, Berlin time.",
            {"windows": [{"days": ["fri"], "start": "18:00", "end": "00:00", "timezone": "Europe/Berlin"}]},
        ),
        (
            "Executors at most 8 GB Fri 18:00-24:00, Sat and Sun all day, Mon 00:00-06:00 (UTC).",
            {
                "windows": [
                    {"days": ["fri"], "start": "18:00", "end": "00:00", "timezone": "UTC"},
                    {"days": ["sat", "sun"], "timezone": "UTC"},
                    {"days": ["mon"], "start": "00:00", "end": "06:00", "timezone": "UTC"},
                ]
            },
        ),
        (
            "In the window Tue 22:00-23:30 and in the window Thu 22:00-23:30 (both UTC) executors get at most 8 GB.",
            {
                "windows": [
                    {"days": ["tue"], "start": "22:00", "end": "23:30", "timezone": "UTC"},
                    {"days": ["thu"], "start": "22:00", "end": "23:30", "timezone": "UTC"},
                ]
            },
        ),
        ("No exceptions: executors at most 8 GB in queue lab.", {"queues": ["lab"]}),
        ("Executors at most 8 GB in queue lab, nobody is exempt.", {"queues": ["lab"]}),
        ("Executors at most 8 GB in queue lab, without any exception.", {"queues": ["lab"]}),
        ("Executors at most 8 GB in queue lab. There are no exemptions.", {"queues": ["lab"]}),
    ],
)
def test_a_rule_is_for_whom_it_names_and_nobody_else(text, scope):
    understood = read_policy(text)
    assert not understood.questions
    assert understood.parts["bounds"] == EIGHT
    found = understood.parts.get("scope", {})
    assert {kind: found[kind] if kind == "windows" else sorted(found[kind]) for kind in found} == {
        kind: scope[kind] if kind == "windows" else sorted(scope[kind]) for kind in scope
    }


@pytest.mark.parametrize(
    "text",
    [
        "At night executors get at most 8 GB.",
        "During lunch executors get at most 8 GB.",
        "Outside business hours executors get at most 8 GB.",
        "08:00-18:00 local time: executors get at most 8 GB.",
        "Certain users get at most 8 GB per executor.",
        "The noisy teams get at most 8 GB per executor.",
        "Everyone except team ops gets at most 8 GB per executor.",
        "All queues but freight: executors at most 8 GB.",
        "Every team other than risk: executors at most 8 GB.",
        "Executors at most 8 GB. This does not apply to team ops.",
        "Executors at most 8 GB. Team ops is exempt.",
        "Executors at most 8 GB, team ops excepted.",
        "Executors at most 8 GB. Not for team ops.",
        "Some teams may use at most 8 GB per executor.",
        "This is for certain teams: executors at most 8 GB.",
        "Executors at most 8 GB during business hours.",
        "Executors at most 8 GB overnight.",
        "Executors at most 8 GB in the evening.",
        "Executors at most 8 GB from 9 to 5.",
        "Executors at most 8 GB from 08:00 to 18:00 our time.",
        "Executors at most 8 GB from 08:00 to 18:00 CET.",
        "Executors at most 8 GB on public holidays.",
        "Executors at most 8 GB at month end.",
        "Except for queue pick executors get at most 8 GB.",
        "Executors get at most 8 GB, with the exception of team risk.",
        "Executors get at most 8 GB unless you are in team risk.",
        "All but team risk: executors at most 8 GB.",
        "Nobody but team risk gets more than 8 GB per executor.",
        "Only team risk may have executors over 8 GB.",
        "Apart from user bob, executors get at most 8 GB.",
        "The queues listed in the wiki: executors at most 8 GB.",
        "Users in the attached list: executors at most 8 GB.",
        "Queue freight 8 GB per executor, queue pick 16 GB per executor, at most.",
        "Nachts dürfen Executoren höchstens 8 GB haben.",
        "Alle außer Team Vertrieb: Executoren höchstens 8 GB.",
        "La nuit, les exécuteurs ont 8 Go au plus.",
        "Por la noche los ejecutores tienen 8 GB como máximo.",
        "Executors at most 8 GB. Team ops excluded.",
        "Executors at most 8 GB (not team ops).",
        "Executors at most 8 GB for everyone who is not in team ops.",
        "All users who do not belong to team ops: executors at most 8 GB.",
        "Every queue that is not freight: executors at most 8 GB.",
        "Executors at most 8 GB in all queues except freight.",
        "Executors at most 8 GB outside queue freight.",
        "Executors at most 8 GB, save for queue freight.",
        "The ops team may exceed it; for the rest executors get at most 8 GB.",
        "Executors at most 8 GB, with exceptions for team ops.",
    ],
)
def test_whom_a_rule_is_for_is_asked_where_nobody_can_tell(text):
    assert "scope" in {one.part for one in read_policy(text).questions}
