Estimates of bailiffs' acts and court fees by the tariff; a consumer bears acts under a
title only.
