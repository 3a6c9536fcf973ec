"""Who we are: the cooperative, its firms, people, sites, machines, skills, rates and licences."""
