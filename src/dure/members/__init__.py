"""Who we are: the cooperative, its firms, their people, sites, machines, skills, rates and licences."""
