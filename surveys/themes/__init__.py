"""What an answer is about: themes of tapped reasons and of customers' own words, in Korean and English."""
